"""What the commands share: the terminal, tables, JSON, progress, exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from pipeline.settings import Settings

DONE, FINDINGS, REFUSED, NOT_PUBLISHED, BUSY = 0, 1, 2, 3, 4

_PIPE_WIDTH = 160
"""Columns where the output is no terminal: wide enough that no cell is folded."""

_plain = partial(Console, markup=False, emoji=False, highlight=False)
"""Shows text as it is: names of files and sheets, reasons and titles may hold brackets and colons."""

out = _plain() if sys.stdout.isatty() else _plain(width=_PIPE_WIDTH)
err = _plain(stderr=True, soft_wrap=True)

Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出,供程序读取。")]
_FIRST_YEAR, _LAST_YEAR = 1949, 2100
"""A day outside these was mistyped."""


def a_day(text: str) -> datetime:
    """A date as it is typed.

    Raises:
        BadParameter: it is none, or one of another age.
    """
    try:
        found = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        raise typer.BadParameter("日期须写成 年-月-日,且确有这一天") from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise typer.BadParameter(f"年份须在 {_FIRST_YEAR} 至 {_LAST_YEAR} 之间")
    return found


_DAY = "年-月-日"
AsOf = Annotated[datetime | None, typer.Option(parser=a_day, metavar=_DAY, help="日期;默认今天(模拟县为其固定日期)。")]
PublishedOn = Annotated[
    datetime | None, typer.Option("--as-of", parser=a_day, metavar=_DAY, help="哪一天的发布;默认当前发布。")
]
Until = Annotated[datetime | None, typer.Option(parser=a_day, metavar=_DAY, help="到哪一天为止;不写则没有期限。")]


def date_of(value: datetime | None) -> date | None:
    """The day that was asked for, if one was."""
    return value.date() if value else None


def day(value: datetime | None, settings: Settings) -> date:
    """The date asked for, else the home's clock."""
    return date_of(value) or settings.clock()


def print_json(value: object) -> None:
    """Write ``value`` to standard output as JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_table(title: str, columns: list[str], rows: list[list[object]]) -> None:
    """Show rows under Chinese headings; None is an empty cell."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    out.print(table)


def print_not_run(rules: list[dict[str, Any]]) -> None:
    """Name the rules that could not run, so that nothing of theirs reads as "none"."""
    for row in rules:
        out.print(f"未运行:{row['rule_id']} {row['title']}:{row['reason']}")


@contextmanager
def progress(*, quiet: bool) -> Iterator[Any]:
    """A callable ``step(text, done=None, total=None)`` that shows what long work is doing."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=quiet or not err.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=None)

        def step(text: str, done: float | None = None, total: float | None = None) -> None:
            bar.update(task, description=text, completed=done, total=total)

        yield step
