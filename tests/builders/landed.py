"""Builds a warehouse as landing leaves it, without files: rows per feed, delivered on a day for a period and an area.

Data in: a :class:`County` of hand-made households. Data out: rows in ``raw`` and ``meta`` of an open warehouse.
People are told apart by their name: the token of 测甲一 is ``KEY-测甲一``, which keeps expected results legible.
"""

from __future__ import annotations

import calendar
import hashlib
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from connectors.contract import load_feed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors.warehouse import Connection

COUNTY = "610099"
HILL, WATER, RIVER = "610099101201", "610099101202", "610099102201"

Row = dict[str, Any]


def key_of(name: str) -> str:
    """Identity token of a person of this county."""
    return f"KEY-{name}"


@dataclass
class County:
    """What every department would send if all were well; tests change single rows before it is delivered."""

    rows: dict[str, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start with the three villages of the example county."""
        for code, name, township in (
            ("610099", "测试县", None),
            ("610099101", "甲镇", "甲镇"),
            ("610099102", "乙镇", "乙镇"),
            (HILL, "甲山村", "甲镇"),
            (WATER, "甲水村", "甲镇"),
            (RIVER, "乙河村", "乙镇"),
        ):
            self.add("registry/villages", area_code=code, area_name=name, township=township)

    def add(self, feed: str, **values: Any) -> Row:
        """Add one row to a feed and return it for further changes."""
        row = {"person_key": key_of(values["name"]), "id_status": "valid"} if "name" in values else {}
        row |= {"name_norm": values["name"]} if "name" in values else {}
        if "head_name" in values:
            row |= {"head_name_norm": values["head_name"]}
            if feed != "education/enrolments":
                row |= {"head_key": key_of(values["head_name"])}
        row |= values
        self.rows.setdefault(feed, []).append(row)
        return row

    def household(self, hh_no: str, *members: tuple[str, str], village: str = HILL, **values: Any) -> None:
        """Add a household that is in order everywhere; the first of ``members`` (name, birth) is its head."""
        head = members[0][0]
        household = {"status": "out_policy", "attr": "general", "npc": "6120.00", "exit_year": "2018"} | values
        self.add(
            "registry/households",
            hh_no=hh_no,
            head_name=head,
            village_code=village,
            member_count=str(len(members)),
            **household,
        )
        for number, (name, birth) in enumerate(members):
            self.add(
                "registry/persons",
                hh_no=hh_no,
                name=name,
                id_birth_date=birth,
                birth=birth,
                relation="01" if number == 0 else "99",
                sex="1",
            )
            self.add(
                "medical/enrolments",
                name=name,
                village_code=village,
                ins_year="2020",
                scheme="basic",
                ins_state="paid",
                paid_on="2020-01-15",
                person_class="jd",
            )
            if "2003-09-01" <= birth <= "2013-08-31":
                self.add(
                    "education/enrolments",
                    name=name,
                    village_code=village,
                    term="2020S",
                    school="甲镇中心小学",
                    status="in",
                )
        place = {"hh_no": hh_no, "head_name": head, "village_code": village}
        self.add("housing/appraisals", **place, subject_class="jd", grade="B", appraised_on="2020-03-18", lived_in="1")
        self.add(
            "water/household_water",
            **place,
            mode="dispersed",
            no_visible="1",
            no_odour="1",
            no_ill_effect="1",
            qty_ok="1",
            access_ok="1",
            surveyed_on="2020-05-23",
        )

    def allowance(self, case_no: str, *names: str, village: str = HILL, **values: Any) -> None:
        """Put people on the subsistence-allowance roster as one rural case."""
        for name in names:
            self.add(
                "civil_affairs/dibao",
                name=name,
                village_code=village,
                case_no=case_no,
                kind="rural",
                from_month="2018-07",
                **values,
            )

    def find(self, feed: str, **match: Any) -> Row:
        """The one row of a feed that has these values."""
        found = [row for row in self.rows[feed] if all(row.get(key) == value for key, value in match.items())]
        if len(found) != 1:
            raise LookupError(f"{feed}: {len(found)} rows match {sorted(match)}")
        return found[0]

    def drop(self, feed: str, **match: Any) -> None:
        """Remove the one row of a feed that has these values."""
        self.rows[feed].remove(self.find(feed, **match))

    def deliver_all(self, con: Connection, received_on: date, *, except_feeds: Sequence[str] = ()) -> None:
        """Deliver every feed once, for the period that holds on ``received_on``."""
        for feed in sorted(self.rows):
            if feed not in except_feeds:
                deliver(con, feed, self.rows[feed], received_on=received_on)


def row_key(feed_name: str, row: Mapping[str, Any]) -> str:
    """Key of a row, as landing would make it but for the exact text."""
    parts = [
        str(row.get(column) or "")
        for column in (
            "person_key", "name_norm", "hh_no", "head_key", "case_no", "ins_year", "scheme", "term", "school",
            "project_no", "payment_no", "house_no", "appraised_on", "supply_no", "tested_on", "area_code",
            "indicator", "settle_id", "reversal", "disease", "visit_on",
        )
    ]  # fmt: skip
    return hashlib.md5("|".join([feed_name, *parts]).encode(), usedforsecurity=False).hexdigest()


def deliver(
    con: Connection,
    feed_name: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    received_on: date,
    period: str | None = None,
    area_code: str = COUNTY,
    mode: str = "full",
    status: str = "accepted",
    clears: bool = False,
    op: str = "upsert",
    rejected: Sequence[Mapping[str, Any]] = (),
    repeated_rows: Sequence[int] = (),
) -> str:
    """Land one file; returns its submission id. Row numbers start at 2, below a header."""
    feed = load_feed(*feed_name.split("/"))
    period = period or _period_of(feed.delivery.period, received_on)
    start, end = _days_of(period)
    seq = con.execute("select count(*) + 1 from meta.submissions").fetchall()[0][0]
    submission = f"{feed_name.replace('/', '-')}-{seq:04d}"
    scope = {"area": "", "year": period[:4], "term": period, "month": period[:6]}[feed.delivery.scope]
    con.execute(
        "insert into meta.submissions by name select ? as submission_id, ? as sector, ? as entity, ? as department,"
        " ? as file_name, ? as sha256, ? as received_on, ? as seq, ? as status, ? as mode, ? as area_code,"
        " ? as period, ? as period_start, ? as period_end, least(?, ?) as as_of, ? as scope_key, ? as rows_in,"
        " ? as rows_ok, 0 as rows_warn, ? as rows_rejected, 0 as rows_dup, 0 as rows_skipped, ? as is_nil, ? as clears",
        [
            submission, feed.sector, feed.entity, feed.department, f"{submission}.xlsx", submission, received_on, seq,
            status, mode, area_code, period, start, end, end, received_on, scope, len(rows) + len(rejected), len(rows),
            len(rejected), status == "nil", clears,
        ],
    )  # fmt: skip
    columns = [column.name for column in feed.raw_columns()]
    for number, row in enumerate(rows, start=2):
        landed = {"row_key": row_key(feed_name, row)} | dict(row)
        landed |= {"submission_id": submission, "sheet": "Sheet1", "row_no": number, "sub_no": 0, "op": op, "codes": ""}
        known = [column for column in columns if column in landed]
        unknown = set(landed) - set(columns) - {"head_key", "id_status", "person_key"}
        if unknown:
            raise LookupError(f"{feed_name} has no column {sorted(unknown)}")
        names, marks = ", ".join(f'"{column}"' for column in known), ", ".join("?" for _ in known)
        con.execute(f"insert into raw.{feed.table} ({names}) values ({marks})", [landed[column] for column in known])
    for row in rejected:
        con.execute("insert into meta.rejected_keys values (?, ?)", [submission, row_key(feed_name, row)])
    for number in repeated_rows:
        con.execute("insert into meta.row_codes values (?, 'Sheet1', ?, null, null, 'R_DUP_KEY')", [submission, number])
    return submission


def _period_of(grain: str, day: date) -> str:
    spring = range(2, 9)
    term = f"{day.year}S" if day.month in spring else f"{day.year}A"
    return {"day": f"{day:%Y%m%d}", "month": f"{day:%Y%m}", "year": f"{day:%Y}", "term": term, "any": f"{day:%Y%m}"}[
        grain
    ]


def _days_of(period: str) -> tuple[date, date]:
    if re.fullmatch(r"\d{8}", period):
        day = date(int(period[:4]), int(period[4:6]), int(period[6:]))
        return day, day
    year = int(period[:4])
    if re.fullmatch(r"\d{6}", period):
        month = int(period[4:])
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    if period.endswith("S"):
        return date(year, 2, 1), date(year, 8, 31)
    if period.endswith("A"):
        return date(year, 9, 1), date(year + 1, 1, 31)
    return date(year, 1, 1), date(year, 12, 31)
