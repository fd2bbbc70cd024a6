"""What a department, or the register, should write into its own data, and whether it has said and done so (R005).

Data in: ``issue_state``, the seed ``attribute_authorities`` (of which attribute who is right), ``issue_rows``.
Data out: the table ``correction_rows``, one row per issue whose right value is known; the workbooks
``outbox/<sector>/…数据更正单.xlsx``; the views of all of them.
Identity follows the register, a sector's fact the sector (D1, Q01). The list is filled in and dropped back like the
list of issues: the answer acknowledges the correction, the data that no longer differ prove it. A correction whose
values changed after the answer is not acknowledged.
Not here: the issue's own life (state.sql).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from connectors.contract import SECTORS
from connectors.outbox.corrections import LAYOUT, write_corrections
from connectors.outbox.reply_list import Head
from connectors.outbox.workbook import MAX_ROWS, clean_stem
from pipeline.ledger import dates
from pipeline.ledger.disclosure import sides_of
from pipeline.publication.export import mask_name

if TYPE_CHECKING:
    from connectors.warehouse import Connection
    from pipeline.settings import Settings

_AUTHORITIES = dates.SEEDS / "attribute_authorities.csv"
_BASES = {
    "registry": "身份信息以建档立卡为准", "computed": "按同一口径计算", "policy": "按政策标准",
    "id_no": "以证件号码为准",
}  # fmt: skip
_SECTOR_BASIS = "行业事实以行业数据为准"
_SEXES = {"1": "男", "2": "女"}

VIEW = f"""
    select
        c.issue_id, i.owner, i.rule_id, i.detail, c.attribute, c.authority, i.subject_type, i.subject_key, i.area_code,
        case when i.value_class = 'name' then {mask_name("c.before")} else c.before end as before,
        case when i.value_class = 'name' then {mask_name("c.after")} else c.after end as after,
        i.evidence, i.counter_evidence, i.due_on, i.first_pushed_on as pushed_on,
        case when c.is_acknowledged then i.replied_on end as acknowledged_on,
        case when c.is_acknowledged then i.result end as acknowledged_as,
        case when c.is_acknowledged then {mask_name("i.handler")} end as acknowledged_by,
        i.cleared_on as applied_on
    from correction_rows as c inner join issue_state as i on c.issue_id = i.issue_id
    order by c.issue_id
    """

RATES_VIEW = """
    select
        i.owner,
        count(*) as corrections,
        count(i.first_pushed_on) as pushed,
        count(*) filter (where c.is_acknowledged) as acknowledged,
        count(i.cleared_on) as applied,
        count(*) filter (where c.is_acknowledged) / nullif(count(i.first_pushed_on), 0) as acknowledged_rate
    from correction_rows as c inner join issue_state as i on c.issue_id = i.issue_id
    group by i.owner order by i.owner
    """
"""R005's measure: acknowledged / pushed."""


def load(con: Connection, published: str) -> None:
    """Make ``correction_rows``; ``published`` is a schema of the full publication."""
    _load_authorities(con)
    sexes = " ".join(f"when '{code}' then '{word}'" for code, word in _SEXES.items())
    con.execute(
        f"""
        create or replace temp table correction_rows as
        with known as (
            select
                i.issue_id, i.owner, i.rule_id, i.is_open, coalesce(i.evidence, i.issue_id) as place,
                a.attribute, a.authority, a.basis,
                case when a.shows_actual then i.actual end as before,
                case
                    when a.after_from = 'word' then a.after_word
                    when a.after_from = 'expected' and a.shows_expected then i.expected
                    when a.after_from = 'person.id_masked' then person.id_masked
                    when a.after_from = 'person.sex' then case person.sex {sexes} end
                    when a.after_from = 'person.birth_date' then person.birth_date::varchar
                end as after,
                coalesce(i.replied_seq > coalesce(i.changed_seq, 0), false) as is_acknowledged
            from issue_state as i
            inner join authorities as a
                on i.rule_id = a.rule_id and i.detail = a.detail and i.found_owner = a.found_owner
            left join {published}.one_table_person as person
                on person.person_uid = case when i.subject_type = 'person' then i.subject_key end
            where i.owner = i.found_owner and i.verdict = 'fail'
        )
        select * exclude (place, rule_id, owner, is_open) from known
        where after is not null
        qualify row_number() over (partition by owner, place, attribute, is_open order by rule_id, issue_id) = 1
        """
    )


def _load_authorities(con: Connection) -> None:
    """The seed's rows for every kind of issue there is, with what the allow-list lets its owner see."""
    con.execute(
        "create or replace temp table authorities (rule_id varchar, detail varchar, found_owner varchar, attribute"
        " varchar, authority varchar, basis varchar, after_from varchar, after_word varchar, shows_actual boolean,"
        " shows_expected boolean)"
    )
    seed = {(row["rule_id"], row["detail"]): row for row in dates.seed_rows(_AUTHORITIES)}
    rows = []
    kinds = con.execute("select distinct rule_id, detail, found_owner from issue_state").fetchall()
    for rule_id, detail, owner in kinds:
        row = seed.get((rule_id, (detail or "").rpartition(".")[2]))
        if row is None:
            continue
        sides = sides_of(rule_id, detail or "", owner)
        shown = {sides.sector, sides.register}
        rows.append(
            [
                rule_id, detail, owner, row["attribute"], row["authority"],
                _BASES.get(row["authority"], _SECTOR_BASIS), row["after_from"], row["after_word"],
                "actual" in shown, sides.requirement or "expected" in shown,
            ]
        )  # fmt: skip
    if rows:
        con.executemany("insert into authorities values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def push_corrections(settings: Settings, con: Connection, titles: dict[str, str], as_of: date) -> dict[str, int]:
    """Write every department's list of open corrections; returns the lines of each. An empty list is taken away."""
    counts = {}
    for sector in SECTORS:
        path = settings.outbox / sector / f"{clean_stem(f'{settings.county}_{titles[sector]}数据更正单.x')}.xlsx"
        rows = _rows(con, sector, titles[sector])
        counts[sector] = len(rows)
        if not rows:
            path.unlink(missing_ok=True)
            continue
        pushed_on, push_id, reply_by = _last_push(con, sector)
        head = Head(
            title=f"{settings.county_name}{titles[sector]}数据更正单",
            issued_by=f"{settings.county_name}{titles['registry']}",
            sector=sector,
            pushed_on=pushed_on,
            push_id=push_id,
            reply_by=reply_by,
            as_of=as_of,
        )
        write_corrections(path, head, rows, units=tuple(titles.values()))
    return counts


_OPEN = "r.owner = $sector and r.state <> 'waived' and not r.is_undecided"


def _rows(con: Connection, sector: str, unit: str) -> list[tuple[object, ...]]:
    cells = {"unit": f"'{unit}'", "due_on": "r.due_on::varchar", "found_on": "r.found_on::varchar"}
    cells |= {name: f"c.{name}" for name in ("attribute", "before", "after", "basis")}
    cells["status"] = (
        "case when not c.is_acknowledged then '待确认' when i.result = 'fixed' then '部门已报更正 ' || i.replied_on"
        " else '已确认 ' || i.replied_on end || coalesce('；' || i.returned_why, '')"
    )
    wanted = ", ".join(cells.get(name, f"r.{name}") for name in LAYOUT.filled)
    return con.execute(
        f"""
        select {wanted}
        from correction_rows as c
        inner join issue_rows as r on c.issue_id = r.issue_id
        inner join issue_state as i on c.issue_id = i.issue_id
        where {_OPEN}
        order by r.rank, r.due_on nulls last, r.issue_id
        limit {MAX_ROWS}
        """,
        {"sector": sector},
    ).fetchall()


def _last_push(con: Connection, sector: str) -> tuple[date, str, date | None]:
    """When these corrections were last pushed, with which batch, and by when the first of them is due."""
    found = con.execute(
        "select coalesce(max(r.pushed_on), getvariable('as_of')), coalesce(max(r.push_id), ''),"
        " min(coalesce(r.reply_by, r.due_on))"
        " filter (where coalesce(r.reply_by, r.due_on) >= getvariable('as_of'))"
        f" from correction_rows as c inner join issue_rows as r on c.issue_id = r.issue_id where {_OPEN}",
        {"sector": sector},
    ).fetchall()
    return found[0]
