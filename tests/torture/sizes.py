"""The largest files that somebody may send: five million rows, a full sheet, three hundred columns.

Data in: nothing; the files are made here. Data out: per file, whether it was accepted with every row, in the memory
that an intake may take. Not here: seconds (tests/bench/intake.py).
"""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from connectors.warehouse import open_work
from tests.bench.bench import measured
from tests.bench.intake import as_workbook
from tests.integration.landing_home import _HEADER, _WEIGHTS, DAY, Home
from tests.torture.county import FEED
from tests.torture.table import Count

_DAYS = 25_000
_ROWS, _WIDE_ROWS, _SHEET_ROWS = 5_000_000, 20_000, 1_048_575
_COLUMNS = 300
_MEGABYTES = 1500
_SHEET_MEGABYTES = 2000
"""The goal is the same 1,500; a full sheet does not keep to it, of which the parser alone takes 1,400 (README)."""


def roster(target: Path, rows: int, columns: int = 0) -> None:
    """A roster of so many different people with right ids, filled up to so many columns with the sender's own."""
    own = max(0, columns - len(_HEADER.split(",")))
    check = " + ".join(f"{weight} * body[{place}]::integer" for place, weight in enumerate(_WEIGHTS, start=1))
    digits = "translate(i::varchar, '0123456789', '甲乙丙丁戊己庚辛壬癸')"
    fields = [
        "i::varchar", "'甲镇'", "'甲山村'", f"'测' || {digits}", f"body || '10X98765432'[1 + ({check}) % 11]", "''",
        "'2020'", "'代缴'", "'0'", "'280'", "'2020-02-20'", "'13800000000'", "''", *(["'x'"] * own),
    ]  # fmt: skip
    with target.open("w", encoding="utf-8") as stream:
        stream.write(",".join([_HEADER, *(f"自有列{number}" for number in range(own))]) + "\n")
    lines = target.with_suffix(".lines")
    con = open_work()
    try:
        con.execute(
            f"""
            copy (
              with people as (
                select
                  i,
                  '610099' || strftime(date '1930-01-01' + (i % {_DAYS})::integer, '%Y%m%d')
                  || (i // {_DAYS} + 100)::varchar as body
                from range({rows}) as numbers(i)
              )
              select concat_ws(',', {", ".join(fields)}) from people order by i
            ) to '{lines}' (header false, quote '', escape '', delimiter '\t')
            """
        )
    finally:
        con.close()
    with lines.open("rb") as source, target.open("ab") as out:
        shutil.copyfileobj(source, out)
    lines.unlink()


def _full_sheet(target: Path) -> None:
    source = target.with_suffix(".csv")
    roster(source, _SHEET_ROWS)
    as_workbook(source, target, _SHEET_ROWS, encoding="utf-8")
    source.unlink()


_SIZES: dict[str, tuple[str, int, int, Callable[[Path], None]]] = {
    "three hundred columns": ("csv", _WIDE_ROWS, _MEGABYTES, lambda path: roster(path, _WIDE_ROWS, _COLUMNS)),
    "five million rows": ("csv", _ROWS, _MEGABYTES, lambda path: roster(path, _ROWS)),
    "a full sheet": ("xlsx", _SHEET_ROWS, _SHEET_MEGABYTES, _full_sheet),
}
"""Ending, rows, megabytes, how it is made."""


def sizes(folder: Path, _: random.Random, tries: int) -> Count:
    """Taken in by the command that a night uses: nothing is lost, and it keeps to its memory."""
    count = Count("sizes")
    for number, (what, (ending, rows, megabytes, make)) in enumerate(list(_SIZES.items())[:tries]):
        home = Home.make(folder / f"home-{number}").with_villages()
        path = home.drop(FEED, f"610099_2020_参保名单_全量.{ending}", b"")
        make(path)
        command = [sys.executable, "-m", "pipeline.cli", "ingest", "--received-on", DAY.isoformat(), "--json"]
        taken = measured(command, home=home.settings.home)
        told = home.ask(
            "select status like 'accepted%', rows_in, rows_ok + rows_warn from meta.submissions"
            " where entity = 'enrolments'"
        )
        there = home.ask("select count(*), count(distinct person_key) from raw.medical__enrolments")
        is_whole = told == [(True, rows, rows)] and there == [(rows, rows)]
        problems = {"lost": int(not is_whole), "other": int(taken.megabytes > megabytes)}
        count.add(what, problems, f"{told} {there} {taken.megabytes:.0f} MB")
        shutil.rmtree(home.settings.home)
    return count
