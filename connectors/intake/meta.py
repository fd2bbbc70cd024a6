"""What a file is about: area, period, mode, date, unit (feeds.md section 2).

Data in: the sender's file name, the side file, the rows above the header. Data out: :class:`FileMeta`.
Sources in order of weight: side file, file name, unit line, title row.
Not here: reading data rows.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, zip_longest
from pathlib import PurePath
from typing import Literal

from connectors.contract import Delivery
from connectors.intake.header_text import Row
from connectors.intake.periods import Period, find_period, parse_period, term_of
from connectors.intake.places import Places
from connectors.intake.result import RefusedError

Mode = Literal["full", "increment", "correction", "withdrawal", "nil"]

_MODES: dict[str, Mode] = {
    "全量": "full", "full": "full",
    "增量": "increment", "incremental": "increment", "increment": "increment",
    "更正": "correction", "correction": "correction",
    "撤销": "withdrawal", "withdrawal": "withdrawal",
    "零报告": "nil", "nil": "nil",
}  # fmt: skip
_SPLIT = re.compile(r"[_（）()\s]+|(?<!\d)-|-(?!\d)")
_AREA = re.compile(r"(?!20)(\d{6}|\d{9}|\d{12})")
_AREA_KEYS = ("填报单位", "编报单位", "统计单位")
_PERIOD_KEYS = ("所属期", "年度")
_AS_OF_KEYS = ("统计时间", "数据日期", "截止日期")
_UNIT_KEYS = (*_AREA_KEYS, *_PERIOD_KEYS, *_AS_OF_KEYS, "单位", "填报日期", "制表时间")
_PAIR = re.compile(rf"({'|'.join(_UNIT_KEYS)})\s*[:：]\s*([^:：]*?)(?=\s*(?:{'|'.join(_UNIT_KEYS)})\s*[:：]|$)")
_LIST = re.compile(r"[、,，;；/\s()]")
_UNIT_GROUP = re.compile(r"单位(?:[:：]\s*|\()(万元|元)")


@dataclass(frozen=True)
class FileMeta:
    """Facts of one file, each from its strongest source."""

    mode: Mode
    area_code: str
    period: str | None = None
    period_start: dt.date | None = None
    period_end: dt.date | None = None
    as_of: dt.date | None = None
    scope_key: str = ""
    coverage: str = "all"
    definition_version: str | None = None
    is_nil: bool = False
    clears: bool = False
    is_area_defaulted: bool = False
    money_unit: str | None = None
    sheets: tuple[str, ...] = ()
    found_period: Period | None = None


@dataclass(frozen=True)
class Source:
    """What one source says."""

    area: str | None = None
    period: Period | None = None
    mode: Mode | None = None
    as_of: dt.date | None = None
    money_unit: str | None = None
    is_nil: bool = False


def from_name(file_name: str) -> Source:
    """Tokens of the file name; the extension is cut first."""
    stem = unicodedata.normalize("NFC", PurePath(file_name).stem)
    found = Source(is_nil="零报告" in stem)
    for token in _SPLIT.split(stem):
        if not token:
            continue
        mode = _MODES.get(token.lower())
        if mode:
            found = replace(found, mode=mode)
        elif found.area is None and _AREA.fullmatch(token):
            found = replace(found, area=token)
        elif found.period is None and token.startswith("20") and (period := parse_period(token)):
            found = replace(found, period=period)
    return found


def from_side(side: Mapping[str, object]) -> Source:
    """Keys of the side file; values of a wrong kind count as absent."""
    stated = {key: str(value).strip() for key, value in side.items() if value not in (None, "")}
    mode = _MODES.get(stated.get("mode", "").lower())
    unit = stated.get("money_unit")
    as_of = parse_period(stated.get("as_of", ""))
    return Source(
        area=stated.get("area_code"),
        period=parse_period(stated.get("period", "")),
        mode=mode,
        as_of=as_of.end if as_of else None,
        money_unit=unit if unit in ("元", "万元") else None,
    )


def _pairs(rows: Iterable[Row]) -> tuple[dict[str, str], list[str]]:
    """Keys with their values, and the texts that are neither: the title."""
    pairs: dict[str, str] = {}
    titles: list[str] = []
    for row in rows:
        cells = [unicodedata.normalize("NFKC", cell).strip() for cell in row if cell and cell.strip()]
        skip = False
        for cell, following in zip_longest(cells, cells[1:], fillvalue=""):
            if skip:
                skip = False
                continue
            compact = "".join(cell.split())
            found = _PAIR.findall(compact)
            if found:
                before = compact[: compact.index(found[0][0])].rstrip("(")
                titles += [before] if before else []
                for key, value in found:
                    if not value and following:
                        value, skip = following, True
                    pairs.setdefault(key, value)
            elif compact.rstrip(":") in _UNIT_KEYS:
                pairs.setdefault(compact.rstrip(":"), following)
                skip = True
            else:
                titles.append(cell)
    return pairs, titles


def from_top(rows: Sequence[Row], places: Places) -> tuple[Source, Source]:
    """The unit line and the title row."""
    pairs, titles = _pairs(rows)
    line = Source(
        area=next((code for key in _AREA_KEYS if key in pairs and (code := places.in_text(pairs[key]))), None),
        period=next((period for key in _PERIOD_KEYS if key in pairs and (period := _stated(pairs[key]))), None),
        as_of=next((period.end for key in _AS_OF_KEYS if key in pairs and (period := _stated(pairs[key]))), None),
        money_unit=_unit(pairs.get("单位"), titles),
    )
    title = Source(
        area=next((code for text in titles if (code := places.in_text(text))), None),
        period=next((period for text in titles if (period := find_period(text))), None),
        is_nil=any("零报告" in text for text in titles),
    )
    return line, title


def _stated(text: str) -> Period | None:
    return parse_period(text) or find_period(text)


def _unit(stated: str | None, titles: Sequence[str]) -> str | None:
    units = _LIST.split(stated or "")
    if "万元" in units or "元" in units:
        return "万元" if "万元" in units else "元"
    found = next((match for text in titles if (match := _UNIT_GROUP.search(text))), None)
    return found[1] if found else None


def _scope_key(delivery: Delivery, period: Period) -> str:
    if delivery.scope == "year":
        return period.year
    if delivery.scope == "month":
        return f"{period.start:%Y%m}"
    if delivery.scope == "term":
        return period.term or term_of(period.start).text
    return ""


def check_conflicts(sources: Sequence[Source]) -> None:
    """Sources that contradict each other on area or period; a part of an area or of a period does not.

    Raises:
        RefusedError: F_META_CONFLICT.
    """
    for first, second in combinations([source.area for source in sources if source.area], 2):
        if not (first.startswith(second) or second.startswith(first)):
            raise RefusedError("F_META_CONFLICT", f"地区不一致：{first} 与 {second}")
    for earlier, later in combinations([source.period for source in sources if source.period], 2):
        if not earlier.overlaps(later):
            raise RefusedError("F_META_CONFLICT", f"期间不一致：{earlier.text} 与 {later.text}")


def merge(
    sources: Sequence[Source], side: Mapping[str, object], delivery: Delivery, county: str, received_on: dt.date
) -> FileMeta:
    """The strongest source of each fact; period and area may still be missing or forbidden."""
    area = next((source.area for source in sources if source.area), None)
    period = next((source.period for source in sources if source.period), None)
    mode = next((source.mode for source in sources if source.mode), None)
    as_of = next((source.as_of for source in sources if source.as_of), None)
    if as_of is None and period is not None:
        as_of = min(period.end, received_on)
    version = side.get("definition_version")
    coverage = str(side.get("coverage") or "all")
    return FileMeta(
        mode=mode or delivery.mode,
        area_code=area or county,
        period=period.text if period else None,
        period_start=period.start if period else None,
        period_end=period.end if period else None,
        as_of=as_of,
        scope_key=_scope_key(delivery, period) if period else "",
        coverage=coverage if coverage in ("all", "jd") else "all",
        definition_version=str(version) if version else None,
        is_area_defaulted=area is None,
        money_unit=next((source.money_unit for source in sources if source.money_unit), None),
        found_period=period,
    )
