"""Which sheets of a workbook are read, and what the file as a whole is about.

Data in: a workbook, the feed, the context. Data out: :class:`Opened`, the settled :class:`FileMeta`, file codes.
Not here: rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from connectors.contract import Feed
from connectors.intake.cell_types import squeeze
from connectors.intake.context import IntakeContext
from connectors.intake.headers import find_header
from connectors.intake.meta import FileMeta, Source, check_conflicts, from_name, from_side, from_top, merge
from connectors.intake.periods import Period, parse_period
from connectors.intake.places import Places, bare_village
from connectors.intake.readers.grid import Sheet, Workbook
from connectors.intake.result import RefusedError
from connectors.intake.row_report import WORDS_SHEET
from connectors.intake.slots import Reading
from connectors.warehouse import Connection

_UNREPORTED_SHEETS = frozenset(("填写说明", "说明"))
_PUSHED_SHEETS = frozenset(("汇总", "涉及本单位"))
"""Further sheets of the workbook that we push and that comes back with replies."""
_MOST_PERIODS = 3
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Opened:
    """The sheets of a file that are read, and the names of those that are not."""

    book: Workbook
    readings: tuple[Reading, ...]
    meta: FileMeta
    skipped: tuple[str, ...] = ()

    @property
    def is_withdrawal(self) -> bool:
        """Only keys are needed."""
        return self.meta.mode == "withdrawal"

    def names(self) -> set[str]:
        """Fields that every sheet read has."""
        found = [reading.header.names() for reading in self.readings]
        return set.intersection(*found) if found else set()


def choose_sheets(book: Workbook, feed: Feed, ctx: IntakeContext) -> Opened:
    """Every visible sheet with a header of the feed.

    Raises:
        RefusedError: F_HEADER_NOT_FOUND.
    """
    readings, skipped = [], []
    meta = merge([from_side(ctx.side), from_name(ctx.file_name)], ctx.side, feed.delivery, ctx.county, ctx.received_on)
    for number, sheet in enumerate(book.sheets):
        if not sheet.is_visible or sheet.is_empty:
            continue
        header = find_header(sheet.top, sheet.regions, feed, only_key=meta.mode == "withdrawal")
        if header is None:
            skipped.append(sheet.name)
        else:
            readings.append(Reading(number, sheet, header))
    if not readings:
        raise RefusedError("F_HEADER_NOT_FOUND")
    quiet = _UNREPORTED_SHEETS | (_PUSHED_SHEETS if feed.entity == "replies" else frozenset())
    told = tuple(name for name in skipped if name not in quiet)
    return Opened(book, tuple(readings), meta, told)


def _top_sources(opened: Opened, places: Places) -> list[Source]:
    """Unit lines and titles; titles of several sheets that name different areas name none."""
    found = [from_top(r.sheet.top[: r.header.first_row - 1], places) for r in opened.readings]
    sources = [source for pair in found for source in pair]
    areas = {source.area for source in sources if source.area}
    if len(opened.readings) > 1 and len(areas) > 1:
        sources = [replace(source, area=None) for source in sources]
    lines, titles = sources[0::2], sources[1::2]
    return [*lines, *titles]


def with_own_units(opened: Opened, ctx: IntakeContext, places: Places) -> Opened:
    """Where the sheets' own lines do not all say the same unit, each sheet has its own and the file has none."""
    if len(opened.readings) == 1 or from_side(ctx.side).money_unit:
        return opened
    lines = [from_top(r.sheet.top[: r.header.first_row - 1], places)[0] for r in opened.readings]
    if len({line.money_unit for line in lines}) == 1:
        return opened
    readings = [replace(r, money_unit=line.money_unit) for r, line in zip(opened.readings, lines, strict=True)]
    return replace(opened, readings=tuple(readings), meta=replace(opened.meta, money_unit=None))


def _row_period(opened: Opened, feed: Feed, con: Connection) -> Period | None:
    """The one period that all rows name, where no other source states one."""
    found: set[str] = set()
    for reading in opened.readings:
        index = next((f.index for f in reading.header.fields if f.column.from_period), None)
        if index is None:
            return None
        rows = con.execute(
            f"select distinct c{index} from {reading.sheet.table} where {reading.sheet.row_sql} >"
            f" {reading.header.last_row} and c{index} is not null limit {_MOST_PERIODS + 1}"
        ).fetchall()
        periods = [parse_period(text) for (text,) in rows]
        found |= {period.text for period in periods if period}
    return parse_period(next(iter(found))) if len(found) == 1 else None


def _checked(meta: FileMeta, ctx: IntakeContext) -> None:
    if meta.found_period is None:
        raise RefusedError("F_PERIOD_MISSING")
    if meta.found_period.start > ctx.received_on:
        raise RefusedError("F_FUTURE_PERIOD", f"所属期间 {meta.found_period.text}")
    if is_closed(meta.found_period, ctx.closed_periods):
        raise RefusedError("F_PERIOD_CLOSED", f"所属期间 {meta.found_period.text}")
    allowed = tuple(ctx.sender_areas) or (ctx.county,)
    inside = meta.area_code.startswith(ctx.county) and any(meta.area_code.startswith(area) for area in allowed)
    if not inside:
        raise RefusedError("F_AREA_FORBIDDEN", f"文件地区 {meta.area_code}")


def is_closed(period: Period, closed_periods: Collection[str]) -> bool:
    """Whether a period lies within a closed one."""
    closed = [found for text in closed_periods if (found := parse_period(text))]
    return any(one.start <= period.start and period.end <= one.end for one in closed)


def settle_meta(
    opened: Opened, feed: Feed, ctx: IntakeContext, places: Places, con: Connection
) -> tuple[FileMeta, dict[str, str]]:
    """Area, period and mode of the file, and the file codes known before rows are read.

    Raises:
        RefusedError: F_META_CONFLICT, F_PERIOD_MISSING, F_FUTURE_PERIOD, F_PERIOD_CLOSED or F_AREA_FORBIDDEN.
    """
    if not opened.readings:
        _checked(opened.meta, ctx)
        return opened.meta, {}
    sources = [from_side(ctx.side), from_name(ctx.file_name), *_top_sources(opened, places)]
    check_conflicts(sources)
    meta = merge(sources, ctx.side, feed.delivery, ctx.county, ctx.received_on)
    if meta.found_period is None and (period := _row_period(opened, feed, con)):
        sources = [*sources, Source(period=period)]
        meta = merge(sources, ctx.side, feed.delivery, ctx.county, ctx.received_on)
    _checked(meta, ctx)
    meta = replace(meta, sheets=tuple(reading.sheet.name for reading in opened.readings))
    return meta, _file_codes(opened, meta, ctx)


def _file_codes(opened: Opened, meta: FileMeta, ctx: IntakeContext) -> dict[str, str]:
    """Codes of the file as a whole → detail."""
    found: dict[str, str] = {}
    if len(opened.readings) > 1:
        found["G_MULTI_SHEET"] = "、".join(reading.sheet.name for reading in opened.readings)
    if opened.skipped:
        found["G_SHEET_SKIPPED"] = "、".join(opened.skipped)
    if any(reading.sheet.is_hiding for reading in opened.readings):
        found["G_HIDDEN"] = ""
    unknown = [reading.header.texts[index] for reading in opened.readings for index in reading.header.unknown]
    if unknown:
        found["G_EXTRA_COLUMN"] = "、".join(dict.fromkeys(unknown))
    if meta.is_area_defaulted:
        found["G_AREA_DEFAULTED"] = ""
    if is_older(meta.definition_version, ctx.definition_version):
        found["G_OLD_DEFINITION"] = f"{meta.definition_version}，现行 {ctx.definition_version}"
    return found


def notes_of(book: Workbook) -> tuple[str, ...]:
    """What the sender is told of a workbook besides reason codes."""
    notes = []
    hidden = [sheet.name for sheet in book.sheets if not sheet.is_visible and sheet.name != WORDS_SHEET]
    if hidden and not book.is_returned:
        notes.append(f"隐藏的工作表没有读取：{'、'.join(hidden)}。如有要报的数据，请取消隐藏后重新报送。")
    if book.has_macros:
        notes.append("文件带有宏；宏没有运行，也不读取，只读取单元格里保存的内容。")
    return tuple(notes)


def is_older(version: str | None, current: str | None) -> bool:
    """Whether a definition version such as v0 comes before the current one."""
    if not version or not current:
        return False
    numbers = [[int(part) for part in _DIGITS.findall(text)] for text in (version, current)]
    return numbers[0] < numbers[1]


def sheet_area(sheet: Sheet, places: Places, within: str) -> str | None:
    """The township or village that a sheet is named after."""
    name = squeeze(sheet.name)
    township = places.township(name, within) if name.endswith(("镇", "乡", "街道")) else None
    if township:
        return township
    villages = {code for code in places.villages.get(bare_village(name), set()) if code.startswith(within)}
    return next(iter(villages)) if len(villages) == 1 else None


def with_sheet_areas(readings: tuple[Reading, ...], places: Places, within: str) -> tuple[Reading, ...]:
    """Readings with the area that each sheet's name gives."""
    return tuple(replace(reading, area=sheet_area(reading.sheet, places, within)) for reading in readings)
