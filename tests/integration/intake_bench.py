"""Builders for intake tests: a scratch database with the places of the specification, files, one reading.

Data in: rows. Data out: :class:`connectors.intake.Staged` and the tables it leaves.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import Any

import xlsxwriter

from connectors.contract import Feed, load_feed, token_column
from connectors.intake import IntakeContext, Staged, read_file
from connectors.warehouse import Connection, columns_of, open_work
from identity import tokens
from tests.integration.intake_examples import EXAMPLES, NAMES

RECEIVED = dt.date(2020, 7, 3)
COUNTY = "610099"
TOKEN_KEY = bytes(range(32))
AREAS = [
    ("610099", 6, "6100", "测试县", None, None),
    ("610099101", 9, "610099", "甲镇", None, None),
    ("610099102", 9, "610099", "乙镇", None, None),
    ("610099101201", 12, "610099101", "甲山村", None, None),
    ("610099101202", 12, "610099101", "甲水村", None, None),
    ("610099102201", 12, "610099102", "乙河村", None, None),
]
Rows = list[list[Any]]


def a_context(file_name: str, **facts: Any) -> IntakeContext:
    return replace(IntakeContext(file_name=file_name, received_on=RECEIVED, county=COUNTY), **facts)


def a_connection(areas: Sequence[tuple[Any, ...]] = AREAS) -> Connection:
    con = open_work()
    con.execute(
        "create table areas (area_code varchar, level integer, parent varchar, name varchar,"
        " valid_from varchar, valid_to varchar, prev_code varchar, prev_name varchar)"
    )
    for code, level, parent, name, prev_code, prev_name in areas:
        con.execute(
            "insert into areas values (?, ?, ?, ?, null, null, ?, ?)", [code, level, parent, name, prev_code, prev_name]
        )
    return con


def example(feed: str) -> Rows:
    """Header and rows of the clean example."""
    return [list(row) for row in csv.reader(io.StringIO(EXAMPLES[feed]))]


def column(feed: str, name: str) -> int:
    """Place of the example's column whose header begins so."""
    return next(place for place, text in enumerate(example(feed)[0]) if text.startswith(name))


def edited(feed: str, *edits: tuple[int, str, Any]) -> Rows:
    """The clean example with other cells; rows as a spreadsheet numbers them."""
    rows = example(feed)
    for row, name, value in edits:
        rows[row - 1][column(feed, name)] = value
    return rows


def to_csv(rows: Rows, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding)


def write_cell(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, dt.date):
        sheet.write_datetime(row, column, dt.datetime.combine(value, dt.time()), day)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))


def to_xlsx(
    sheets: Mapping[str, Rows], dress: Callable[[Any, Mapping[str, Any]], None] | None = None, **options: Any
) -> bytes:
    """A workbook; ``dress`` may merge, hide or add formulas once the cells are there."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, **options})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    made = {}
    for name, rows in sheets.items():
        made[name] = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                write_cell(made[name], r, c, value, day)
    if dress:
        dress(book, made)
    book.close()
    return out.getvalue()


@dataclass
class Read:
    """A reading and the database it left."""

    staged: Staged
    con: Connection

    @property
    def status(self) -> str:
        return self.staged.result.status

    @property
    def reasons(self) -> set[str]:
        return set(self.staged.result.reasons)

    @property
    def codes(self) -> dict[str, set[str]]:
        return {place: set(codes) for place, codes in self.staged.result.rows.items()}

    @property
    def counts(self) -> dict[str, int]:
        return dict(self.staged.result.counts)

    def values(self, *columns: str) -> list[tuple[Any, ...]]:
        return self.con.execute(f"select {', '.join(columns)} from staged order by sheet, row_no, sub_no").fetchall()


def read(
    tmp_path: Path,
    feed: str,
    body: bytes,
    name: str | None = None,
    areas: Sequence[tuple[Any, ...]] = AREAS,
    prepare: Callable[[Connection], object] | None = None,
    **facts: Any,
) -> Read:
    path = tmp_path / "original"
    path.write_bytes(body)
    con = a_connection(areas)
    if prepare:
        prepare(con)
    ending = ".xlsx" if body.startswith(b"PK") else ".csv"
    tokens.install(con, TOKEN_KEY)
    ctx = a_context((name or NAMES[feed]) + ending, has_tokens=True, **facts)
    contract = load_feed(*feed.split("/"))
    found = Read(read_file(path, contract, ctx, con), con)
    if found.staged.columns:
        check_tokens(con, contract)
        check_places(con, found.staged)
    return found


def check_places(con: Connection, staged: Staged) -> None:
    """The rows that the receipt calls accepted are those that wait to be loaded: the landing gate asks for it."""
    if staged.result.status not in ("accepted", "accepted_with_errors"):
        return
    told = staged.result.counts["rows_ok"] + staged.result.counts["rows_warn"]
    found = con.execute("select count(distinct (sheet, row_no)) from staged").fetchall()
    assert found == [(told - staged.joined,)]


def check_tokens(con: Connection, feed: Feed) -> None:
    """Whatever later steps wrote into a row: the token beside an id is the token of that id."""
    for table in ("staged", "staged_rejects"):
        beside = [c.name for c in feed.columns if token_column(c.name) in columns_of(con, table)]
        for name in beside:
            wrong = f'select count(*) from {table} where "{token_column(name)}" is distinct from token("{name}")'
            assert con.execute(wrong).fetchall() == [(0,)], (feed.name, table, name)


@dataclass(frozen=True)
class Case:
    """One mess case: the clean example of a feed with edits, and the outcome that the specification states.

    Rows are numbered as a spreadsheet shows them: the header is row 1.
    """

    label: str
    feed: str
    edits: Mapping[tuple[int, str], Any] = dataclass_field(default_factory=dict)
    rename: Mapping[str, str] = dataclass_field(default_factory=dict)
    drop: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    add: tuple[tuple[int, Mapping[str, Any]], ...] = ()
    """(row to copy, edits): further rows; row 0 copies nothing."""
    keep: tuple[int, ...] | None = None
    """Rows of the example that are kept; None: all."""
    above: tuple[tuple[Any, ...], ...] = ()
    dress: Callable[[Any, Mapping[str, Any]], None] | None = None
    name: str | None = None
    container: str = "csv"
    facts: Mapping[str, Any] = dataclass_field(default_factory=dict)
    areas: Sequence[tuple[Any, ...]] = tuple(AREAS)
    codes: Mapping[int, set[str]] = dataclass_field(default_factory=dict)
    reasons: frozenset[str] | set[str] = frozenset()
    status: str | None = None
    values: Mapping[str, list[Any]] = dataclass_field(default_factory=dict)
    skipped: int | None = None

    def rows(self) -> Rows:
        table = example(self.feed)
        header = [*table[0], *self.new]
        body = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
        chosen = [row for number, row in enumerate(body, start=2) if self.keep is None or number in self.keep]
        for source, edits in self.add:
            chosen.append({**(body[source - 2] if source else {}), **edits})
        for (number, column), value in self.edits.items():
            assert column in header, column
            chosen[number - 2 - len(self.above)][column] = value
        columns = [column for column in header if column not in self.drop]
        top = [list(row) + [""] * (len(columns) - len(row)) for row in self.above]
        return [
            *top,
            [self.rename.get(column, column) for column in columns],
            *[[row.get(column, "") for column in columns] for row in chosen],
        ]

    def body(self) -> bytes:
        rows = self.rows()
        plain = all(isinstance(cell, str) for row in rows for cell in row)
        if self.container == "xlsx" or not plain or self.dress:
            return to_xlsx({"Sheet1": rows}, self.dress)
        return to_csv(rows)


def check_case(tmp_path: Path, case: Case) -> None:
    """Read the case and compare everything that it states."""
    found = read(tmp_path, case.feed, case.body(), case.name, case.areas, **case.facts)
    rejected = any(code.startswith("R") for codes in case.codes.values() for code in codes)
    assert found.status == (case.status or ("accepted_with_errors" if rejected else "accepted")), found.staged.result
    if case.status in ("refused", "held"):
        assert set(case.reasons) <= found.reasons, found.reasons
        return
    assert {int(place.split("!")[1]): codes for place, codes in found.codes.items()} == dict(case.codes)
    assert found.reasons - {"G_OPTIONAL_MISSING"} == set(case.reasons) - {"G_OPTIONAL_MISSING"}
    if "G_OPTIONAL_MISSING" in case.reasons:
        assert "G_OPTIONAL_MISSING" in found.reasons
    for column, expected in case.values.items():
        assert [row[0] for row in found.values(column)] == expected, column
    if case.skipped is not None:
        assert found.counts["rows_skipped"] == case.skipped
    counts = found.counts
    parts = ("rows_ok", "rows_warn", "rows_rejected", "rows_dup")
    assert counts["rows_in"] == sum(counts[part] for part in parts)
