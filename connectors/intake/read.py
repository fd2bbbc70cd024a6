"""Reads one file of a department into clean rows with reason codes (feeds.md sections 2–7).

Data in: the bytes at ``path``, the feed's contract, what the caller knows (:class:`IntakeContext`), and a DuckDB
connection that holds the table ``areas``. Data out: :class:`Staged`; tables ``staged``, ``staged_rejects``,
``row_codes`` and ``cells`` in the connection.
Not here: where files come from, tokens, the landing gate, committing, receipts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.contract import Feed, feeds
from connectors.intake import checks, derive, figures, layouts, own_areas, replies, report, totals
from connectors.intake.cells import Environment
from connectors.intake.context import Guards, IntakeContext, Previous
from connectors.intake.duplicates import find_duplicates
from connectors.intake.header_hints import missing_text
from connectors.intake.headers import absent_optional, count_fields, find_header, fitting_feed, missing
from connectors.intake.layout import Opened, choose_sheets, notes_of, settle_meta, with_own_units, with_sheet_areas
from connectors.intake.meta import FileMeta, check_conflicts, from_name, from_side, merge
from connectors.intake.nil import Nil, count_labels, find_nil
from connectors.intake.place_rows import AreaTexts
from connectors.intake.places import Places, load_places
from connectors.intake.readers.excel import read_excel
from connectors.intake.readers.grid import UnreadableError, Workbook
from connectors.intake.readers.sniff import sniff
from connectors.intake.readers.text import read_text
from connectors.intake.result import RefusedError, Result
from connectors.intake.returned import take_back
from connectors.intake.rows import classify, make_skips
from connectors.intake.slots import Reading, Slot, look_at_kinds, make_source, plan_slots
from connectors.intake.typed import Typed, make_typed
from connectors.warehouse import Connection

__all__ = ["Guards", "IntakeContext", "Previous", "Staged", "read_file"]


@dataclass(frozen=True)
class Staged:
    """What reading one file left behind."""

    result: Result
    meta: FileMeta
    columns: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    """The sender's header texts, beside the table ``cells``."""
    joined: int = 0
    """Accepted rows that stand in the record of another row."""


def read_file(path: Path, feed: Feed, ctx: IntakeContext, con: Connection) -> Staged:
    """Read the file at ``path`` as a delivery of ``feed``; a file that cannot be taken is refused, not raised."""
    meta = merge([from_side(ctx.side), from_name(ctx.file_name)], ctx.side, feed.delivery, ctx.county, ctx.received_on)
    if ctx.is_duplicate:
        return Staged(Result(ctx.received_on, "duplicate", ("G_DUPLICATE_FILE",)), meta)
    notes: tuple[str, ...] = ()
    try:
        with tempfile.TemporaryDirectory(dir=ctx.scratch) as folder:
            book, stated = take_back(_open(path, feed, con, Path(folder)), con)
            notes = notes_of(book)
            staged = _read(book, feed, replace(ctx, side={**ctx.side, **stated}), con)
            return replace(staged, result=replace(staged.result, notes=notes))
    except (UnreadableError, RefusedError) as error:
        details = {error.code: error.detail} if error.detail else {}
        return Staged(Result(ctx.received_on, "refused", (error.code,), details=details, notes=notes), meta)


def _open(path: Path, feed: Feed, con: Connection, folder: Path) -> Workbook:
    if sniff(path) == "text":
        sheet = read_text(path, con, lambda top: max(count_fields(top, feed), count_labels(top)), folder)
        return Workbook((sheet,), is_text=True)
    return read_excel(path, con, folder)


def _read(book: Workbook, feed: Feed, ctx: IntakeContext, con: Connection) -> Staged:
    places = load_places(con)
    name = from_name(ctx.file_name)
    nil = find_nil(book.sheets, name.is_nil or name.mode == "nil" or from_side(ctx.side).mode == "nil")
    if nil is not None:
        return _read_nil(nil, book, feed, ctx, places, con)
    opened = choose_sheets(book, feed, ctx)
    _check_headers(opened, feed)
    opened = replace(opened, readings=tuple(look_at_kinds(con, reading) for reading in opened.readings))
    meta, reasons = settle_meta(opened, feed, ctx, places, con)
    areas = opened.readings if book.is_text else with_sheet_areas(opened.readings, places, meta.area_code)
    opened = with_own_units(replace(opened, meta=meta, readings=areas), ctx, places)
    return _read_rows(opened, _for_mode(feed, meta), ctx, places, con, reasons)


def _check_headers(opened: Opened, feed: Feed) -> None:
    """Refuse what cannot be mapped, in the order of feeds.md section 2."""
    only_key = opened.is_withdrawal
    for reading in opened.readings:
        absent = missing(reading.header.names(), feed, only_key=only_key, sheet_name=reading.sheet.name)
        if absent:
            sheet = reading.sheet
            other = fitting_feed(sheet.top, sheet.regions, feed, feeds(), reading.header)
            if other is not None:
                raise RefusedError("F_WRONG_FEED", f"内容是《{other.title}》，请放入文件夹 ingest/{other.name}")
            raise RefusedError("F_HEADER_MISSING", missing_text(reading.header, absent))
    for reading in opened.readings:
        if reading.header.ambiguous:
            headers = [feed.column(name).header for name in reading.header.ambiguous]
            raise RefusedError("F_HEADER_AMBIGUOUS", "、".join(headers))


def _for_mode(feed: Feed, meta: FileMeta) -> Feed:
    """A withdrawal needs its key only."""
    if meta.mode != "withdrawal":
        return feed
    keys = {part for parts in feed.key for part in parts}
    columns = tuple(
        column if column.name in keys else replace(column, req="O", when=None, blank0=False) for column in feed.columns
    )
    derivations = tuple(derivation for derivation in feed.derivations if derivation.column in keys)
    known = replace(feed, columns=columns, checks=(), derivations=derivations, group_values=None)
    return known if feed.area == "own" else replace(known, area="accepted")


def _read_rows(
    opened: Opened, feed: Feed, ctx: IntakeContext, places: Places, con: Connection, reasons: dict[str, str]
) -> Staged:
    meta, readings = opened.meta, opened.readings
    slots = plan_slots(readings, feed, meta.money_unit)
    make_skips(con)
    for reading in readings:
        classify(con, reading.number, reading.sheet, reading.header, feed)
    make_source(con, readings, slots)
    if con.execute("select 1 from source limit 1").fetchone() is None:
        raise RefusedError("F_EMPTY")
    replies.skip_unanswered(con, feed, slots)
    if con.execute("select 1 from skips where class = 'example' limit 1").fetchone():
        reasons["G_EXAMPLE_ROW"] = ""
    env = Environment(
        ctx.received_on,
        opened.book.date1904,
        meta.money_unit,
        has_certificate=any(column.extra.get("numeric_rejects") for column in feed.columns),
        has_tokens=ctx.has_tokens,
    )
    typed = _type(opened, feed, slots, env, places, con)
    differences = totals.compare_totals(con, opened.readings, slots, env)
    if differences:
        reasons["G_TOTAL_MISMATCH"] = "；".join(differences)
    _check(opened, feed, slots, typed, con, ctx, places, env)
    typed.reasons.update(_file_findings(opened, feed, slots, typed, con, reasons, ctx))
    return _close(opened, feed, slots, typed, ctx, con, reasons)


def _type(
    opened: Opened, feed: Feed, slots: dict[str, Slot], env: Environment, places: Places, con: Connection
) -> Typed:
    texts = AreaTexts(
        area=opened.meta.area_code,
        sheet_areas={reading.number: reading.area for reading in opened.readings if reading.area},
        role=feed.area,
        has_village=any(name in slots for name in ("village", "village_code")),
        has_column=any(slot.column.group == "AREA" for slot in slots.values()),
    )
    period = opened.meta.found_period
    parts = {"year": period.year, "month": period.month, "term": period.term} if period else {}
    known = {name: value for name, value in parts.items() if value}
    return make_typed(con, feed, opened.readings, slots, env, places, texts, known)


def _check(
    opened: Opened,
    feed: Feed,
    slots: dict[str, Slot],
    typed: Typed,
    con: Connection,
    ctx: IntakeContext,
    places: Places,
    env: Environment,
) -> None:
    checks.make_issues(con, typed)
    checks.make_file_relation(con, opened.meta.found_period, opened.meta.as_of, ctx.received_on)
    own_areas.resolve_own(con, feed, opened.meta.area_code, places)
    own_areas.resolve_lists(con, feed, opened.meta.area_code, places, typed.real)
    figures.read_figures(con, feed)
    derive.number_records(con, feed, opened.readings)
    derive.derive(con, feed, slots, env)
    derive.add_records(con, feed, slots)
    layouts.split_words(con, feed)
    layouts.add_code_columns(con, feed, slots)
    layouts.spread_kinds(con, feed, typed)
    layouts.drop_negatives(con, feed, typed)
    replies.check_replies(con, feed, slots)
    derive.name_heads(con, feed, slots)
    checks.check_people(con, typed)
    checks.check_rows(con, feed)
    checks.check_conditions(con, feed)
    layouts.join_kinds(con, feed, typed)
    if feed.group_values:
        checks.check_groups(con, feed.group_values, typed)
    if opened.is_withdrawal or "op" in slots:
        checks.excuse_withdrawals(con, feed, "true" if opened.is_withdrawal else "op = 'withdraw'")
    checks.check_keys(con, feed)
    find_duplicates(con, feed, typed)


def _file_findings(
    opened: Opened,
    feed: Feed,
    slots: dict[str, Slot],
    typed: Typed,
    con: Connection,
    reasons: dict[str, str],
    ctx: IntakeContext,
) -> set[str]:
    suspect = totals.doubtful_units(con, feed, typed, slots, opened.meta.money_unit)
    if suspect:
        reasons["G_UNIT_SUSPECT"] = "；".join(suspect)
    if totals.has_zeroed_ids(con, feed):
        reasons["G_ID_ZEROED"] = ""
    old = figures.old_definition(con, feed, ctx.definition_version)
    if old:
        reasons["G_OLD_DEFINITION"] = old
    absent = [] if opened.is_withdrawal else absent_optional(opened.names(), feed)
    if absent:
        reasons["G_OPTIONAL_MISSING"] = "、".join(column.header for column in absent)
    return set(reasons)


def _close(
    opened: Opened,
    feed: Feed,
    slots: dict[str, Slot],
    typed: Typed,
    ctx: IntakeContext,
    con: Connection,
    reasons: dict[str, str],
) -> Staged:
    readings, meta = opened.readings, opened.meta
    report.judge(con)
    columns = report.make_staged(con, feed, readings, typed, meta.mode == "withdrawal")
    if ctx.find_unstored is not None and report.reject_unstored(con, feed, readings, ctx.find_unstored, meta.scope_key):
        report.judge(con)
    report.keep_rejects(con, feed, readings, typed, meta.mode == "withdrawal")
    is_split = (
        any(reading.header.wide for reading in readings)
        or any(name in feed.extra for name in ("split_rows", "code_columns", "pivot"))
        or any(column.extra.get("adds_row") and column.name in slots for column in feed.columns)
    )
    counts = report.count_rows(con, is_split)
    joined = report.count_joined(con)
    report.make_row_codes(con, feed, readings, slots)
    headers = report.make_cells(con, readings, every_row=_is_rejected_whole(counts, ctx))
    rows = report.rows_of(con, readings)
    report.drop_scratch(con, readings, slots)
    codes = typed.reasons | set(reasons)
    details = {code: text for code, text in reasons.items() if text}
    result = Result(ctx.received_on, "accepted", tuple(sorted(codes)), rows, counts, details)
    return Staged(_guarded(result, meta, ctx), meta, columns, headers, joined)


def _is_rejected_whole(counts: Mapping[str, int], ctx: IntakeContext) -> bool:
    """Too many rows were rejected: none is loaded, so the sender gets all of them back for mending."""
    data, guards = counts["rows_in"], ctx.guards
    return data >= guards.min_rows and counts["rows_rejected"] > guards.reject_ratio * data


def _guarded(result: Result, meta: FileMeta, ctx: IntakeContext) -> Result:
    """The guards on the whole file, then the plain verdict."""
    data, rejected = result.counts["rows_in"], result.counts["rows_rejected"]
    guards = ctx.guards
    if _is_rejected_whole(result.counts, ctx):
        detail = f"{data} 行中退回 {rejected} 行"
        return replace(result, status="refused", reasons=("F_REJECT_RATIO",), details={"F_REJECT_RATIO": detail})
    accepted = result.counts["rows_ok"] + result.counts["rows_warn"]
    before = ctx.previous.get(meta.area_code, 0)
    dropped = meta.mode == "full" and before >= guards.min_rows and accepted < guards.row_drop * before
    if dropped and not ctx.released:
        detail = f"上次 {before} 行，本次 {accepted} 行"
        return replace(
            result,
            status="held",
            reasons=(*result.reasons, "H_ROW_DROP"),
            details={**result.details, "H_ROW_DROP": detail},
        )
    return replace(result, status="accepted_with_errors" if rejected else "accepted")


def _read_nil(nil: Nil, book: Workbook, feed: Feed, ctx: IntakeContext, places: Places, con: Connection) -> Staged:
    """A nil report: nothing is staged; for a full feed it ends the rows only with 确认清空."""
    side, name = from_side(ctx.side), from_name(ctx.file_name)
    stated = replace(name, period=nil.period, area=places.in_text(nil.unit or ""), mode=None)
    meta = merge([side, name, stated], ctx.side, feed.delivery, ctx.county, ctx.received_on)
    meta = replace(meta, is_nil=True, clears=nil.clears, mode="nil")
    if _has_rows(book, feed, con) or (meta.area_code, meta.period) in ctx.loaded_periods:
        raise RefusedError("F_NIL_WITH_ROWS")
    if not nil.is_signed:
        raise RefusedError("F_NIL_UNSIGNED")
    check_conflicts([side, name, stated])
    settle_meta(Opened(book, (), meta), feed, ctx, places, con)
    if not nil.is_confirmed:
        raise RefusedError("F_EMPTY", "零报告一栏未填“是”")
    reasons = ("G_AREA_DEFAULTED",) if meta.is_area_defaulted else ()
    return Staged(Result(ctx.received_on, "nil", reasons), meta)


def _has_rows(book: Workbook, feed: Feed, con: Connection) -> bool:
    for number, sheet in enumerate(book.sheets):
        header = find_header(sheet.top, sheet.regions, feed) if sheet.is_visible and not sheet.is_empty else None
        if header is None or missing(header.names(), feed):
            continue
        make_skips(con)
        classify(con, number, sheet, header, feed)
        reading = Reading(number, sheet, header)
        make_source(con, [reading], plan_slots([reading], feed))
        if con.execute("select 1 from source limit 1").fetchone():
            return True
    return False
