"""Dates, months and years in the forms that clerks type (feeds.md section 4.4).

Data in: one cell's text and kind. Data out: :class:`Cell` with the precision beside the date.
Not here: school terms and file periods (:mod:`connectors.intake.periods`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from connectors.contract import Column
from connectors.intake.cell_types import Cell, Environment, dropped

_HAN_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_TIME = re.compile(
    r"[ T]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$"
    r"|(?<=[日号]) *\d{1,2}[时点](\d{1,2}分?)?(\d{1,2}秒)?$"
    r"|(?<=^\d{8})([01]\d|2[0-3])[0-5]\d([0-5]\d)?$"
)
_DAY = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"),
    re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})"),
    re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
_SHORT = re.compile(r"(\d{2})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{2})年(\d{1,2})月(\d{1,2})[日号]?")
_MONTH = (
    re.compile(r"(\d{4})[-/.](\d{1,2})"),
    re.compile(r"(\d{4})年(\d{1,2})月份?"),
    re.compile(r"(\d{4})(\d{2})"),
)
_YEAR = re.compile(r"(\d{4})(?:年度?)?")
_YEAR_OF_NUMBERS = re.compile(r"(\d{4})\.0")
"""A year in the text of a program that holds it as a number with a fraction."""
_NUMBER = re.compile(r"\d+(\.\d+)?")
_SERIAL = range(20_000, 60_001)
_FIRST_YEAR = 1900
_LAST_YEAR = 2200
_TENS = re.compile(r"([二三]?)十([一二三四五六七八九]?)")
_OPEN_END = re.compile(r"长期|至今|永久|(?:9999|2099)[-/.年]?12[-/.月]?31[日号]?")

Found = tuple[dt.date, str, tuple[str, ...]]
"""Day, precision, codes."""


class _Ambiguous(Exception):  # noqa: N818 - a signal inside this module, never an error to the caller
    """A number such as 2019.1: January, or October that lost its zero."""


def _tens(found: re.Match[str]) -> str:
    tens, ones = found[1], found[2]
    first = {"": "1", "二": "2", "三": "3"}[tens]
    return first + (ones.translate(_HAN_DIGITS) or "0")


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).strip()
    if "年" in folded:
        folded = _TENS.sub(_tens, folded).translate(_HAN_DIGITS)
    return _TIME.sub("", folded).replace(" ", "")


def _date(year: int, month: int, day: int) -> dt.date | None:
    if not _FIRST_YEAR <= year < _LAST_YEAR:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _serial(number: int, env: Environment) -> dt.date:
    base = dt.date(1904, 1, 1) if env.date1904 else dt.date(1899, 12, 30)
    return base + dt.timedelta(days=number)


def _from_number(text: str, env: Environment) -> Found | None:
    if not _NUMBER.fullmatch(text):
        return None
    whole, _, fraction = text.partition(".")
    number = int(whole)
    if number in _SERIAL:
        return _serial(number, env), "day", ("W_DATE_SERIAL",)
    if fraction and fraction != "0":
        if fraction == "1":
            raise _Ambiguous
        day = _date(number, int(fraction), 1) if len(fraction) <= len("12") else None
        return (day, "month", ()) if day else None
    return _from_text(whole, env)


def _from_text(text: str, env: Environment) -> Found | None:
    for pattern in _DAY:
        if found := pattern.fullmatch(text):
            day = _date(int(found[1]), int(found[2]), int(found[3]))
            return (day, "day", ()) if day else None
    for pattern in _MONTH:
        if found := pattern.fullmatch(text):
            day = _date(int(found[1]), int(found[2]), 1)
            return (day, "month", ()) if day else None
    if found := _YEAR.fullmatch(text):
        day = _date(int(found[1]), 1, 1)
        return (day, "year", ()) if day else None
    if found := _SHORT.fullmatch(text):
        parts = [int(part) for part in found.groups() if part is not None]
        year = 2000 + parts[0]
        day = _date(year if year <= env.received_on.year else year - 100, parts[1], parts[2])
        return (day, "day", ("W_DATE_2DIGIT",)) if day else None
    if len(text) == len("43738") and text.isdigit() and int(text) in _SERIAL:
        return _serial(int(text), env), "day", ("W_DATE_SERIAL",)
    return None


def _find(text: str, kind: str, env: Environment) -> Found | None:
    plain = _plain(text)
    if kind == "n":
        return _from_number(plain, env)
    return _from_text(plain, env)


def read_date(text: str, kind: str, column: Column, env: Environment) -> Cell:
    """A date, month or year; finer values than the column needs are cut."""
    if column.open_end and _OPEN_END.fullmatch(_plain(text)):
        return Cell(None)
    if column.type == "year" and (year := _YEAR_OF_NUMBERS.fullmatch(text)):
        text = year[1]
    try:
        found = _find(text, kind, env)
    except _Ambiguous:
        if column.type == "year":
            return Cell(text[:4])
        return Cell(None, ("R_DATE_INVALID",) if column.req == "M" else ("W_DATE_AMBIGUOUS",))
    if found is None:
        return dropped(column, "R_DATE_INVALID")
    day, precision, codes = found
    if column.event and day > env.received_on and (column.type != "year" or column.low is None):
        future = dropped(column, "R_DATE_FUTURE")
        return Cell(day.isoformat(), future.codes, precision) if future.codes == ("R_DATE_FUTURE",) else future
    if column.type == "year":
        return Cell(f"{day:%Y}", (*codes, *_year_range(day.year, column, env)))
    if column.type == "month":
        return Cell(f"{day:%Y-%m}", (*codes, "W_DATE_PART") if precision == "year" else codes)
    return Cell(day.isoformat(), codes if precision == "day" else (*codes, "W_DATE_PART"), precision)


def _year_range(year: int, column: Column, env: Environment) -> tuple[str, ...]:
    """An event's year has the year of receipt as its upper end where the contract names none."""
    high = column.high if column.high is not None else env.received_on.year
    is_low = column.low is not None and year < column.low
    is_high = year > high and (column.high is not None or column.event)
    return ("W_RANGE",) if is_low or is_high else ()
