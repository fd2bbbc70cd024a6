"""Workbooks: read in a child process with limits, then loaded from Arrow files.

Data in: a path whose container is xlsx or xls. Data out: a :class:`Workbook`; tables ``grid_<n>`` in DuckDB.
Not here: the parsing itself (:mod:`connectors.intake.readers.excel_child`).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa

from connectors import machine_faults
from connectors.intake.readers.grid import (
    TOP_ROWS,
    Region,
    Sheet,
    UnreadableError,
    Workbook,
    check_width,
)
from connectors.warehouse import Connection

_CHILD = Path(__file__).with_name("excel_child.py")
_MEMORY = 6 << 30
_CPU_SECONDS = 300
_WALL_SECONDS = 600
_FAR = (
    "第 {} 张工作表一直用到第 {} 行、第 {} 列，中间几乎全是空白，无法读取：请按 Ctrl+End 找到远离表格的多余内容，"
    "删去所在的行和列后重新保存"
)


def _run_child(path: Path, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-P", str(_CHILD), str(path), str(folder), str(_MEMORY), str(_CPU_SECONDS)]
    try:
        child = subprocess.run(  # noqa: S603 - our own file, arguments are paths of our own making
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_WALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableError("F_CORRUPT") from None
    if child.returncode == -signal.SIGKILL:  # no limit of ours ends it so
        raise machine_faults.ReadingKilledError
    if machine_faults.is_errno(child.returncode):
        raise OSError(child.returncode, os.strerror(child.returncode))
    try:
        found: dict[str, Any] = json.loads((folder / "book.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # it died before it had answered
        raise UnreadableError("F_CORRUPT") from None
    if "code" in found:
        raise UnreadableError(found["code"], _FAR.format(*found["far"]) if "far" in found else "")
    return found


def _top(con: Connection, table: str, width: int) -> tuple[tuple[str | None, ...], ...]:
    found = con.execute(f"select * exclude (k) from {table} where row_no <= {TOP_ROWS} order by row_no").fetchall()
    rows: list[tuple[str | None, ...]] = [(None,) * width for _ in range(max((row[0] for row in found), default=0))]
    for row in found:
        rows[row[0] - 1] = tuple(row[1:])
    return tuple(rows)


def _load(con: Connection, table: str, paths: Sequence[Path], width: int) -> None:
    """The rows of all files; a sheet that said more columns than it has is cut to those."""
    columns = ["row_no", f"left(k, {width}) as k", *(f"c{place}" for place in range(width))]
    with ExitStack() as stack:
        files = [pa.ipc.open_file(stack.enter_context(pa.memory_map(str(path)))) for path in paths]
        con.register("sheet_rows", pa.concat_tables([file.read_all() for file in files]))
        con.execute(f"create or replace table {table} as select {', '.join(columns)} from sheet_rows")
        con.unregister("sheet_rows")


def read_excel(path: Path, con: Connection, folder: Path) -> Workbook:
    """Load every visible sheet into a table ``grid_<n>``.

    Raises:
        UnreadableError: F_ENCRYPTED or F_CORRUPT.
        OSError: the machine failed (no space …), not the file.
        ReadingKilledError: the system killed the process that reads.
    """
    book = _run_child(path, folder)
    sheets = []
    for number, found in enumerate(book["sheets"]):
        check_width(found.get("width", 0), f"第 {number + 1} 张工作表")
        table = f"grid_{number}"
        if not found["rows"]:
            sheets.append(Sheet(found["name"], table, 0, (), is_visible=found["visible"], is_empty=True))
            continue
        _load(con, table, [folder / name for name in found["files"]], found["width"])
        sheets.append(
            Sheet(
                found["name"],
                table,
                found["width"],
                _top(con, table, found["width"]),
                has_kinds=True,
                is_visible=found["visible"],
                is_hiding=found["hiding"],
                regions=tuple(Region(*region) for region in found["regions"]),
            )
        )
    return Workbook(tuple(sheets), is_text=False, date1904=book["date1904"], has_macros=book["macros"])
