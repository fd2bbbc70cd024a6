"""What the intake costs beside the least that any reader must do: decode and load a csv, iterate a workbook.

Data in: a simulated prefecture (made, or given with ``--home``; it is only read). Data out: a table of seconds, peak
memory and ratios: a csv of 5 M insured rows against decoding it and loading it into a bare DuckDB file; a workbook of
1 M rows against python-calamine's own iteration; five large files dropped together. Between the csv and its bare load
stands the least that landing can be: cells, tokens and the encrypted table, not one cell looked at.
Not here: the night (tests/bench/bench.py). Every measurement is a child process, start and imports included.
Run: ``python -m tests.bench.intake [--home HOME] [--rows N] [--xlsx-rows N]``
"""

from __future__ import annotations

import argparse
import csv
import itertools
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb  # noqa: TID251 -- the bare load is what the intake is measured against
import xlsxwriter
from python_calamine import CalamineWorkbook
from rich.console import Console
from rich.table import Table

from connectors import originals
from connectors.contract import feeds
from connectors.intake.headers import count_fields, find_header
from connectors.intake.readers.text import read_text
from connectors.keyfiles import new_key
from connectors.sql_text import literal
from connectors.warehouse import attached_warehouse, columns_of, open_work
from identity import tokens
from identity.shape import raw_select, tokenised
from pipeline.receiving.commit import row_key_sql
from tests.bench.bare import as_utf8
from tests.bench.bench import AS_OF, Measured, measured

ROWS, SHEET_ROWS = 5_000_000, 1_000_000
VILLAGES, ROSTER = "registry/villages", "medical/enrolments"
TOGETHER = (ROSTER, "education/enrolments", "registry/persons", "civil_affairs/dibao", "water/household_water")
_CLI = [sys.executable, "-m", "pipeline.cli"]
_MEGABYTE = 1_000_000


def sent(home: Path, feed: str) -> Path:
    """The file of a feed: still in its drop folder."""
    (found,) = [path for path in (home / "ingest" / feed).iterdir() if not originals.is_ignored(path.name)]
    return found


def cut(source: Path, target: Path, rows: int) -> None:
    """The first rows of a csv, its bytes unchanged."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as lines, target.open("wb") as out:
        out.writelines(itertools.islice(lines, rows + 1))


def as_workbook(source: Path, target: Path, rows: int, encoding: str = "gb18030") -> None:
    """The first rows of a csv as one sheet, every cell a text."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        source.open(encoding=encoding, newline="") as stream,
        xlsxwriter.Workbook(target, {"constant_memory": True}) as book,
    ):
        sheet = book.add_worksheet("Sheet1")
        for number, record in enumerate(itertools.islice(csv.reader(stream), rows + 1)):
            for column, cell in enumerate(record):
                if cell:
                    sheet.write_string(number, column, cell)


@contextmanager
def a_home(source: Path) -> Iterator[Path]:
    """An empty home of the same county that knows its villages."""
    with tempfile.TemporaryDirectory(prefix="onetable-intake-") as folder:
        home = Path(folder)
        shutil.copy(source / "county.toml", home)
        villages = sent(source, VILLAGES)
        target = home / "ingest" / VILLAGES / villages.name
        target.parent.mkdir(parents=True)
        shutil.copy(villages, target)
        _ingest(home)
        yield home


def _ingest(home: Path) -> Measured:
    return measured([*_CLI, "ingest", "--received-on", AS_OF, "--json"], home=home)


def _bare(kind: str, path: Path, folder: Path) -> Measured:
    return measured([sys.executable, "-m", "tests.bench.intake", "--bare", kind, str(path), str(folder)], home=folder)


def bare_csv(path: Path, folder: Path) -> None:
    """Decode a csv and load it as it stands."""
    text = as_utf8(path, folder)
    con = duckdb.connect(str(folder / "bare.duckdb"), config={"threads": 2, "memory_limit": "4GB"})
    con.execute(
        f"create table sent as select * from read_csv('{text}', header = true, all_varchar = true, delim = ',')"
    )
    con.close()


def least_csv(path: Path, folder: Path) -> None:
    """What landing cannot do without: cells, tokens, the encrypted table. Nothing is checked, derived or staged."""
    (feed,) = [feed for feed in feeds() if feed.name == ROSTER]
    con = open_work(memory_limit="8GB", spill=folder / "spill")
    tokens.install(con, new_key())
    sheet = read_text(path, con, lambda top: count_fields(top, feed), folder)
    header = find_header(sheet.top, (), feed)
    assert header is not None
    at = {column.name: header.index_of(column.name) for column in feed.columns}
    cells = [f'{"null" if index is None else f"c{index}"}::varchar as "{name}"' for name, index in at.items()]
    fixed = {"sheet": "'csv'", "row_no": sheet.row_sql, "sub_no": "0", "codes": "''", "id_status": "'valid'"}
    listed = {column.name for column in feed.staged_columns()} - at.keys() - fixed.keys()
    cells += [f'{sql} as "{name}"' for name, sql in fixed.items()]
    cells += [f'null::varchar as "{name}"' for name in listed]
    con.execute(
        f"create view cells as select {', '.join(cells)} from {sheet.table} where {sheet.row_sql} > {header.last_row}"
    )
    con.execute("set preserve_insertion_order = false")
    with attached_warehouse(con, folder / "warehouse.duckdb"):
        con.execute(
            f"insert into wh.raw.{feed.table} by name select {raw_select(feed, literal(path.name), row_key_sql(feed))}"
            f" from {tokenised(feed, 'cells', columns_of(con, 'cells'))}"
        )
    con.close()


def bare_xlsx(path: Path, _: Path) -> None:
    """Ask calamine for every row of every sheet."""
    book = CalamineWorkbook.from_path(str(path))
    for name in book.sheet_names:
        for _ in book.get_sheet_by_name(name).iter_rows():
            pass


def made(source: Path, kind: str, rows: int, folder: Path) -> Path:
    """The first rows of the roster as one file; a workbook takes minutes to write, so one that is there is kept."""
    roster = sent(source, ROSTER)
    path = folder / f"{kind}-{rows}" / f"{roster.stem}.{kind}"
    if not path.exists():
        (cut if kind == "csv" else as_workbook)(roster, path, rows)
    return path


def beside(source: Path, kind: str, rows: int, folder: Path) -> tuple[Measured, list[Measured]]:
    """What one file costs us, and what its bare reading costs; of a csv the least that landing it can be, too."""
    path = made(source, kind, rows, folder)
    with a_home(source) as home:
        floors = []
        for floor in (kind, "least") if kind == "csv" else (kind,):
            with tempfile.TemporaryDirectory(prefix="onetable-bare-") as bare:
                floors.append(_bare(floor, path, Path(bare)))
        target = home / "ingest" / ROSTER / path.name
        target.parent.mkdir(parents=True)
        shutil.copy(path, target)
        return _ingest(home), floors


def together(source: Path) -> tuple[int, Measured]:
    """Five files in their folders at the same moment: bytes, and what taking them costs."""
    with a_home(source) as home:
        size = 0
        for feed in TOGETHER:
            target = home / "ingest" / feed / sent(source, feed).name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(sent(source, feed), target)
            size += target.stat().st_size
        return size, _ingest(home)


def _simulated(folder: Path) -> Path:
    folder.mkdir()
    command = [*_CLI, "simulate", "--seed", "1", "--as-of", AS_OF, "--corrupt", "0.02", "--scale", "prefecture"]
    measured([*command, "--out", str(folder), "--json"], home=folder)
    return folder


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="a simulated prefecture whose files still wait in ingest/")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--xlsx-rows", type=int, default=SHEET_ROWS)
    parser.add_argument("--files", type=Path, help="a folder in which the files that are made stay")
    parser.add_argument("--only", choices=("csv", "xlsx", "five"))
    parser.add_argument("--bare", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.bare:
        kind, path, folder = arguments.bare
        {"csv": bare_csv, "least": least_csv, "xlsx": bare_xlsx}[kind](Path(path), Path(folder))
        return
    with tempfile.TemporaryDirectory(prefix="onetable-prefecture-") as folder:
        source = arguments.home or _simulated(Path(folder) / "home")
        table = Table(title="intake beside bare reading")
        for heading in ("files", "rows or MB", "seconds", "peak MB", "bare seconds", "ratio", "least"):
            table.add_column(heading, justify="left" if heading == "files" else "right")
        for kind, wanted in (("csv", arguments.rows), ("xlsx", arguments.xlsx_rows)):
            if arguments.only in (None, kind):
                ours, (bare, *least) = beside(source, kind, wanted, arguments.files or Path(folder) / "files")
                row = (f"{ours.seconds:.1f}", f"{ours.megabytes:,.0f}", f"{bare.seconds:.1f}")
                ratios = [f"{each.seconds / bare.seconds:.2f}" for each in (ours, *least)]
                table.add_row(kind, f"{wanted:,}", *row, *ratios)
        if arguments.only in (None, "five"):
            size, ours = together(source)
            table.add_row(
                "five at once", f"{size / _MEGABYTE:,.0f} MB", f"{ours.seconds:.1f}", f"{ours.megabytes:,.0f}"
            )
        Console().print(table)


if __name__ == "__main__":
    main()
