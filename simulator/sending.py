"""Departments drop their files: each feed's rows written in its shape, and where every followed row went.

Data in: the world and the contracts. Data out: files below ``ingest/`` and one :class:`Delivery` a file.
Not here: bytes (writing.py), shapes (layout.py), truth tables (truth.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from connectors.contract import Feed, load_feed
from simulator import layout
from simulator.layout import Shape
from simulator.register import Register
from simulator.tables import Cell, Sent
from simulator.world import World
from simulator.writing import CsvFile, Workbook, sha256_of

IntArray = NDArray[np.int64]
_BLOCK_ROWS = 400_000
_SIGNATURE = "填表人：测经办"
_GAPS_ALLOWED = ("paid_amt", "hh_total", "pop_total")
"""Columns whose blank cells count as nothing in the department's own total."""


@dataclass(frozen=True)
class Delivery:
    """One file, and the place of each followed row in it."""

    feed: str
    path: Path
    sha256: str
    rows: int
    sheets: tuple[str, ...]
    sheet_of: IntArray
    """Index into ``sheets`` of each row number, -1 where the row was not sent."""
    row_of: IntArray
    """Physical row, from 1."""
    is_nil: bool = False
    """Nobody to list, and the department says so."""

    @property
    def name(self) -> str:
        """``<sector>/<entity>/<file name>``."""
        return f"{self.feed}/{self.path.name}"

    def place(self, rid: int) -> str:
        """``Sheet!row`` of a followed row."""
        return f"{self.sheets[int(self.sheet_of[rid])]}!{int(self.row_of[rid])}"


def send(world: World, shape: Shape, out: Path) -> Delivery:
    """Write one feed."""
    sent = world.sent[shape.feed]
    feed = load_feed(*shape.feed.split("/"))
    rows = sent.table.rows - len(sent.table.gone) + sent.general_rows
    folder = out / "ingest" / shape.feed
    folder.mkdir(parents=True, exist_ok=True)
    if not rows:
        return _send_nil(world, sent, folder, shape, feed)
    path = folder / layout.file_name(shape, world.register, rows=rows)
    texts = layout.headers(shape, feed, list(sent.table.columns), sent.table.header_notes)
    if layout.is_csv(shape, rows):
        return _send_csv(world, sent, path, texts, layout.encoding(shape))
    return _send_workbook(world, sent, path, texts, shape, feed)


def _send_nil(world: World, sent: Sent, folder: Path, shape: Shape, feed: Feed) -> Delivery:
    """A department with nobody to list says so: a signed nil report instead of an empty table."""
    reg = world.register
    path = folder / layout.nil_name(shape, reg)
    said = {
        "填报单位": f"{reg.geography.county_name}{feed.department}局",
        "报送内容": feed.title,
        "期间": _title_period(shape, reg),
        "零报告": "是",
        "确认清空": "是",
        "原因说明": "本期无对象",
        "填报人": "测经办",
        "审核人": "测审核",
        "填报日期": reg.as_of.isoformat(),
    }
    file = CsvFile(path, list(said), encoding="utf-8-sig")
    file.write([pa.array([word]) for word in said.values()])
    file.close()
    nowhere = np.full(sent.table.rows, -1, dtype=np.int64)
    return Delivery(sent.table.feed, path, sha256_of(path), 0, (), nowhere, nowhere, is_nil=True)


def _village_blocks(world: World, sent: Sent) -> list[tuple[int, int]]:
    """Runs of villages that hold about one block of rows."""
    villages = world.geography.villages
    rows = sent.table.rows + sent.general_rows
    each = max(1, villages * _BLOCK_ROWS // max(rows, 1))
    return [(low, min(low + each, villages)) for low in range(0, villages, each)]


def _send_csv(world: World, sent: Sent, path: Path, texts: list[str], encoding: str) -> Delivery:
    table = sent.table
    rids, villages = table.order()
    sources = table.sources()
    row_of, total = np.full(table.rows, -1, dtype=np.int64), 0
    file = CsvFile(path, texts, encoding=encoding)
    for low, high in _village_blocks(world, sent):
        begin, end = np.searchsorted(villages, [low, high])
        part = rids[begin:end]
        block = table.render(part, sources)
        where = villages[begin:end]
        order = np.arange(len(part))
        if sent.general is not None:
            general, general_village = sent.general(low, high)
            order = np.argsort(np.r_[where, general_village], kind="stable")
            block = _stack(block, general)
        columns = [_taken(block[name], order) for name in table.columns]
        first = file.write(columns)
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        row_of[part] = first + place[: len(part)]
        total += len(order)
    file.close()
    sheet_of = np.where(row_of > 0, 0, -1)
    return Delivery(table.feed, path, sha256_of(path), total, ("csv",), sheet_of, row_of)


def _stack(
    block: dict[str, pa.Array | list[Cell]], general: Mapping[str, pa.Array]
) -> dict[str, pa.Array | list[Cell]]:
    stacked: dict[str, pa.Array | list[Cell]] = {}
    for name, values in block.items():
        if isinstance(values, list):
            stacked[name] = [*values, *general[name].to_pylist()]
        else:
            stacked[name] = pa.concat_arrays([values.cast(pa.string()), general[name].cast(pa.string())])
    return stacked


def _taken(values: pa.Array | list[Cell], order: IntArray) -> pa.Array | list[Cell]:
    if isinstance(values, list):
        return [values[i] for i in order]
    return values.take(pa.array(order))


def _send_workbook(world: World, sent: Sent, path: Path, texts: list[str], shape: Shape, feed: Feed) -> Delivery:
    table, reg = sent.table, world.register
    title = f"{feed.title}（{_title_period(shape, reg)}）"
    book = Workbook(path, texts, title=title, unit_line=layout.unit_line(feed, reg))
    parts = _sheet_parts(world, shape)
    rids, villages = table.order()
    sources = table.sources()
    names = list(table.columns)
    are_numbers = [layout.is_number(feed, name) for name in names]
    row_of, sheet_of = np.full(table.rows, -1, dtype=np.int64), np.full(table.rows, -1, dtype=np.int64)
    sheets: list[str] = []
    total = 0
    for sheet_name, low, high in parts:
        begin, end = np.searchsorted(villages, [low, high])
        part = rids[begin:end]
        block = table.render(part, sources)
        order = np.arange(len(part))
        if sent.general is not None:
            general, general_village = sent.general(low, high)
            order = np.argsort(np.r_[villages[begin:end], general_village], kind="stable")
            block = _stack(block, general)
        if not len(order):
            continue
        book.sheet(sheet_name)
        columns = [_taken(block[name], order) for name in names]
        first = book.write(columns, are_numbers)
        book.finish_sheet(_totals(feed, names, columns, table.total_error), _SIGNATURE)
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        row_of[part] = first + place[: len(part)]
        sheet_of[part] = len(sheets)
        sheets.append(sheet_name)
        total += len(order)
    book.close()
    return Delivery(table.feed, path, sha256_of(path), total, tuple(sheets), sheet_of, row_of)


def _sheet_parts(world: World, shape: Shape) -> list[tuple[str, int, int]]:
    """(sheet name, first village, village after the last)."""
    geography = world.geography
    if shape.form != "township":
        return [("Sheet1", 0, geography.villages)]
    bounds = [geography.in_township(t) for t in range(len(geography.township_codes))]
    return [(geography.township_names[t], int(b[0]), int(b[-1]) + 1) for t, b in enumerate(bounds)]


def _title_period(shape: Shape, reg: Register) -> str:
    """The period in the words of a title."""
    period = shape.period(reg)
    by_length = {4: f"{reg.as_of.year}年", 6: f"{reg.as_of.year}年{reg.as_of.month}月", 8: reg.as_of.isoformat()}
    return by_length[len(period)] if period.isdigit() else period


def _totals(
    feed: Feed, names: list[str], columns: list[pa.Array | list[Cell]], error: int
) -> dict[int, Decimal | None]:
    """Sums of the columns this department adds up; a column with an odd cell is left blank."""
    totals: dict[int, Decimal | None] = {}
    for at, name in enumerate(names):
        if not layout.is_summed(feed, name):
            continue
        values = columns[at]
        words = pa.array(values, pa.string()) if isinstance(values, list) else values
        filled = words.filter(pc.not_equal(pc.fill_null(words, ""), ""))
        has_gaps = len(filled) < len(words) and name not in _GAPS_ALLOWED
        right = len(filled) > 0 and not has_gaps
        totals[at] = pc.sum(filled.cast(pa.decimal128(18, 2))).as_py() + error if right else None
    return totals
