"""Period forms of file names, side files, titles and cells (feeds.md section 2).

Data in: texts. Data out: :class:`Period` values with their first and last day.
Not here: deciding which source of a period counts (:mod:`connectors.intake.meta`).
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Kind = Literal["day", "month", "quarter", "half", "year", "term"]
_MONTHS = 12
_QUARTER_MONTHS = 3
_HALF_MONTHS = 6
_AUTUMN_BEGINS = 9
_HAN = {"一": 1, "二": 2, "三": 3, "四": 4}


@dataclass(frozen=True)
class Period:
    """A stretch of days with its canonical text: 2020, 202006, 20200630, 2020Q2, 2020H1, 2020S or 2019A."""

    kind: Kind
    text: str
    start: dt.date
    end: dt.date

    @property
    def year(self) -> str:
        """Calendar year of the first day."""
        return f"{self.start.year:04d}"

    @property
    def month(self) -> str | None:
        """``YYYY-MM`` for a day or a month, else None."""
        return f"{self.start:%Y-%m}" if self.kind in ("day", "month") else None

    @property
    def term(self) -> str | None:
        """The school term that the period lies in; None for a period longer than a term."""
        if self.kind == "term":
            return self.text
        return term_of(self.start).text if self.kind in ("day", "month", "quarter") else None

    def overlaps(self, other: Period) -> bool:
        """Whether both share a day: a month does not contradict its year."""
        return self.start <= other.end and other.start <= self.end


def _last_day(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def months(kind: Kind, text: str, year: int, first: int, count: int) -> Period:
    """``count`` months from month ``first``."""
    return Period(kind, text, dt.date(year, first, 1), _last_day(year, first + count - 1))


def term(year: int, letter: str) -> Period:
    """``2020S`` from 1 February to 31 August, ``2019A`` from 1 September to 31 January."""
    if letter == "S":
        return Period("term", f"{year}S", dt.date(year, 2, 1), dt.date(year, 8, 31))
    return Period("term", f"{year}A", dt.date(year, 9, 1), dt.date(year + 1, 1, 31))


def term_of(day: dt.date) -> Period:
    """The term that holds a day."""
    if day.month >= _AUTUMN_BEGINS:
        return term(day.year, "A")
    return term(day.year - 1, "A") if day.month == 1 else term(day.year, "S")


def _school_year(found: re.Match[str]) -> Period | None:
    first, second = int(found[1]), int(found[2])
    if second != first + 1:
        return None
    return term(first, "A") if found[3] in "一1" else term(second, "S")


def _season(found: re.Match[str]) -> Period:
    return term(int(found[1]), "S" if found[2] in "春Ss" else "A")


def _quarter(found: re.Match[str]) -> Period:
    number = _HAN.get(found[2]) or int(found[2])
    return months("quarter", f"{found[1]}Q{number}", int(found[1]), (number - 1) * _QUARTER_MONTHS + 1, _QUARTER_MONTHS)


def _half(found: re.Match[str]) -> Period:
    number = 1 if found[2] in "上1" else 2
    return months("half", f"{found[1]}H{number}", int(found[1]), (number - 1) * _HALF_MONTHS + 1, _HALF_MONTHS)


def _day(found: re.Match[str]) -> Period | None:
    try:
        day = dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
    return Period("day", f"{day:%Y%m%d}", day, day)


def _month(found: re.Match[str]) -> Period | None:
    year, month = int(found[1]), int(found[2])
    return months("month", f"{year}{month:02d}", year, month, 1) if 1 <= month <= _MONTHS else None


def _year(found: re.Match[str]) -> Period:
    return months("year", found[1], int(found[1]), 1, _MONTHS)


_YEAR = r"((?:19|20)\d{2})"
_FORMS = (
    (rf"{_YEAR}\s*[-—~至]\s*{_YEAR}\s*学?年?度?\s*第?([一二12])学期", _school_year),
    (rf"{_YEAR}年?(春|秋)季?(?:学期)?", _season),
    (rf"{_YEAR}([SsAa])(?![A-Za-z])", _season),
    (rf"{_YEAR}年?第?([一二三四1-4])季度", _quarter),
    (rf"{_YEAR}[Qq]([1-4])", _quarter),
    (rf"{_YEAR}年?(上|下)半年", _half),
    (rf"{_YEAR}[Hh]([12])", _half),
    (rf"{_YEAR}年(\d{{1,2}})月(\d{{1,2}})[日号]", _day),
    (rf"{_YEAR}[-./](\d{{1,2}})[-./](\d{{1,2}})", _day),
    (rf"{_YEAR}(\d{{2}})(\d{{2}})(?!\d)", _day),
    (rf"{_YEAR}年(\d{{1,2}})月份?", _month),
    (rf"{_YEAR}[-./](\d{{1,2}})(?!\d)", _month),
    (rf"{_YEAR}(\d{{2}})(?!\d)", _month),
    (rf"{_YEAR}年度?", _year),
)
_WHOLE = tuple((re.compile(pattern), make) for pattern, make in (*_FORMS, (_YEAR, _year)))
_WITHIN = tuple((re.compile(rf"(?<!\d){pattern}"), make) for pattern, make in _FORMS)


def parse_period(text: str) -> Period | None:
    """The period that ``text`` states as a whole, else None."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(" ", "")
    for pattern, make in _WHOLE:
        found = pattern.fullmatch(plain)
        if found and (period := make(found)):
            return period
    return None


def find_period(text: str) -> Period | None:
    """The first period form inside a title, the most specific form first."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    for pattern, make in _WITHIN:
        found = pattern.search(plain)
        if found and (period := make(found)):
            return period
    return None
