"""What one cell says: pure functions from a cell's text and kind to its value and codes (feeds.md section 4).

Data in: the text, the kind letter of :class:`connectors.intake.readers.grid.Sheet`, the column, the file's environment.
Data out: :class:`Cell`. It is called once for each distinct odd text of a file, never for each row.
Not here: rows, keys, areas, SQL.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from connectors.contract import Column
from connectors.intake import name_forms
from connectors.intake.cell_codes import read_code, read_yes_no
from connectors.intake.cell_dates import read_date
from connectors.intake.cell_ids import read_id, read_number_text
from connectors.intake.cell_types import (
    BLANK_WORDS,
    ERROR_WORDS,
    NOTHING,
    NOTHING_WORD,
    UNKNOWN_WORDS,
    WHITE,
    Cell,
    Environment,
    dropped,
    squeeze,
    unguarded,
)
from connectors.intake.periods import parse_period

__all__ = ["Cell", "Environment", "Tag", "blank", "holds_nothing_word", "read_cell"]

_HAN = "㐀-䶿一-鿿豈-﫿〇\U00020000-\U0003ffff"
_NAME_DOTS = re.compile(rf"(?<=[{_HAN}])[•・‧．.｡。∙·](?=[{_HAN}])")
_NAME_NOTE = re.compile(r"[（(【\[](.*?)[）)】\]]\s*$")
_HAS_LETTER = re.compile(rf"[{_HAN}A-Za-z]")
_RARE = re.compile("[?□〓\ue000-\uf8ff]")
_NAME_LENGTH = 50
_MONEY = re.compile(r"([-+])?[¥￥]?([-+])?(\d{1,3}(?:,\d{3})+|\d+|(?=\.))(\.\d+)?(万元|万|元)?")
_PARENTHESES = re.compile(r"\((.+)\)")
_INT = re.compile(r"([-+]?\d+(?:\.\d+)?)[人户个次口处名条件月岁年]?")
_DECIMAL = re.compile(r"([-+]?(?:\d+(?:\.\d+)?|\.\d+))(?:m2|m3|m3/d|平方米|平米|㎡|个?月|天|吨|元)?")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(%)?")
_MINUS = "\u2212"
"""The minus of typesetting, which NFKC leaves alone."""
_CENT = Decimal("0.01")
_NOISE = Decimal("0.000001")
_TEN_THOUSAND = Decimal(10_000)
_MONEY_LIMIT = Decimal(10) ** 12
_MONTHS = Decimal(12)
_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Tag:
    """What a column's header in one sheet says about its cells."""

    unit: str | None = None
    """``万元`` or ``元`` in the header's bracket."""
    inverse: bool = False
    yearly: bool = False
    words: dict[str, str] = field(default_factory=dict)
    """Words that mean another code under this header."""


PLAIN = Tag()


def blank(column: Column, env: Environment) -> Cell:
    """What a blank cell means in this column."""
    if column.req == "M":
        return Cell(None, ("R_REQUIRED_BLANK",))
    if column.blank0:
        return Cell("0.00", ("W_BLANK_AS_ZERO",))
    if column.type == "id":
        warns = column.name == "id_no" and not column.secondary and not env.has_certificate
        return Cell(None, ("W_ID_BLANK",) if warns else (), "missing")
    return NOTHING


def _unknown(column: Column, env: Environment) -> Cell:
    if column.req == "M":
        return Cell(None, ("R_REQUIRED_BLANK",))
    if column.type == "id":
        cell = blank(column, env)
        return Cell(None, (*cell.codes, "W_UNKNOWN_WORD"), "missing")
    return Cell(None, ("W_UNKNOWN_WORD",))


def _in_range(column: Column, number: Decimal) -> bool:
    if number == 0 and column.type in ("money",):
        return True
    size = abs(number) if column.type == "money" and column.extra.get("negative_when") else number
    return not (column.low is not None and size < column.low) and not (column.high is not None and size > column.high)


def _money(text: str, kind: str, column: Column, env: Environment, tag: Tag) -> Cell:
    plain = squeeze(text).replace(_MINUS, "-")
    negative = False
    inner = _PARENTHESES.fullmatch(plain)
    if inner:
        plain, negative = inner[1], True
    found = _MONEY.fullmatch(plain)
    if found is None and kind == "n":
        return _money(f"{Decimal(text):f}", "t", column, env, tag) if _is_number(text) else NOTHING
    if found is None or (found[1] and found[2]):
        return dropped(column, "R_AMOUNT_INVALID")
    number = Decimal((found[3].replace(",", "") or "0") + (found[4] or ""))
    codes: list[str] = []
    own = found[5]
    unit = own or tag.unit or env.money_unit or "元"
    if unit.startswith("万"):
        number *= _TEN_THOUSAND
        codes.append("G_UNIT_CONVERTED")
    if tag.yearly:
        number /= _MONTHS
        codes.append("W_DERIVED")
    if negative or "-" in ((found[1] or "") + (found[2] or "")):
        number = -number
    if number >= _MONEY_LIMIT:
        return dropped(column, "R_AMOUNT_INVALID")
    return _money_cell(number, codes, column)


def _money_cell(number: Decimal, codes: list[str], column: Column) -> Cell:
    if abs(number) < _NOISE:
        number = Decimal(0)
    if number < 0 and not column.negative and not column.extra.get("negative_when"):
        return dropped(column, "R_AMOUNT_NEGATIVE")
    if not _in_range(column, number):
        codes.append("W_RANGE")
    cents = number.quantize(_CENT, ROUND_HALF_UP)
    if abs(cents - number) >= _NOISE and "W_DERIVED" not in codes:
        codes.append("W_AMOUNT_ROUNDED")
    return Cell(f"{cents:.2f}".replace("-0.00", "0.00"), tuple(codes))


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except ArithmeticError:
        return False


def _number(text: str, kind: str, column: Column) -> Cell:
    plain = squeeze(text).replace(",", "").replace(_MINUS, "-")
    if column.extra.get("rate_unit") and (rate := _PERCENT.fullmatch(plain)) and rate[2]:
        return Cell(plain)  # what it means depends on the row's indicator
    if kind == "n" and "e" in plain.lower() and _is_number(plain):
        plain = f"{Decimal(plain):f}"
    found = (_INT if column.type == "int" else _DECIMAL).fullmatch(plain)
    if found is None:
        return dropped(column, "R_NUMBER_INVALID")
    number = Decimal(found[1])
    if kind == "n" and column.type == "dec":
        number = Decimal(f"{number:.10f}").normalize()
    if column.type == "int":
        whole = number.to_integral_value()
        if abs(number - whole) >= _NOISE or (whole < 0 and column.low is None):
            return dropped(column, "R_NUMBER_INVALID")
        number = abs(whole) if whole == 0 else whole
    codes = () if _in_range(column, number) else ("W_RANGE",)
    return Cell(f"{number:f}", codes)


def _percent(text: str, column: Column) -> Cell:
    found = _PERCENT.fullmatch(squeeze(text))
    if found is None:
        return dropped(column, "R_NUMBER_INVALID")
    number = Decimal(found[1])
    codes: tuple[str, ...] = ()
    if found[2]:
        number /= _HUNDRED
    elif number > 1:
        number /= _HUNDRED
        codes = ("W_PERCENT_ASSUMED",)
    if not _in_range(column, number):
        codes = (*codes, "W_RANGE")
    return Cell(f"{number.normalize():f}", codes)


def _name(text: str, kind: str, column: Column) -> Cell:
    note = None
    body = text.strip(WHITE)
    found = _NAME_NOTE.search(body)
    if found and found.start() > 0:
        body, note = body[: found.start()], found[1]
    norm = _NAME_DOTS.sub("·", "".join(unicodedata.normalize("NFKC", body).split()))
    norm = "".join(letter for letter in norm if unicodedata.category(letter) != "Cf")
    if kind == "n" or any(letter.isdigit() for letter in norm) or not _HAS_LETTER.search(norm):
        return dropped(column, "R_NAME_INVALID")
    if len(norm) > _NAME_LENGTH:
        return dropped(column, "R_NAME_INVALID")
    codes = () if norm == text else ("W_NAME_CLEANED",)
    if _RARE.search(norm):
        codes = (*codes, "W_NAME_RARE")
    return Cell(norm, codes, name_forms.compared(norm), note)


def _term(text: str, column: Column) -> Cell:
    period = parse_period(text)
    if period is None or period.term is None:
        return dropped(column, "R_DATE_INVALID")
    return Cell(period.term)


def _text(text: str, kind: str, column: Column) -> Cell:
    if column.name == "phone":
        return read_number_text(text, kind, column)
    if column.vaulted or column.extra.get("number_text") or column.type == "hhno":
        return read_number_text(text, kind, column)
    return Cell(text)


_READERS: dict[str, Callable[[str, str, Column, Environment, Tag], Cell]] = {
    "id": lambda text, kind, column, env, tag: read_id(text, kind, column, env),
    "name": lambda text, kind, column, env, tag: _name(text, kind, column),
    "text": lambda text, kind, column, env, tag: _text(text, kind, column),
    "hhno": lambda text, kind, column, env, tag: _text(text, kind, column),
    "area": lambda text, kind, column, env, tag: Cell(text if column.multi else squeeze(text)),
    "code": lambda text, kind, column, env, tag: read_code(text, kind, column, tag.words),
    "yn": lambda text, kind, column, env, tag: read_yes_no(text, column, tag.inverse),
    "date": lambda text, kind, column, env, tag: read_date(text, kind, column, env),
    "month": lambda text, kind, column, env, tag: read_date(text, kind, column, env),
    "year": lambda text, kind, column, env, tag: read_date(text, kind, column, env),
    "term": lambda text, kind, column, env, tag: _term(text, column),
    "money": _money,
    "int": lambda text, kind, column, env, tag: _number(text, kind, column),
    "dec": lambda text, kind, column, env, tag: _number(text, kind, column),
    "pct": lambda text, kind, column, env, tag: _percent(text, column),
}


def holds_nothing_word(column: Column) -> bool:
    """The column's code list (or yes/no) gives 无 a meaning of its own."""
    if column.type == "yn":
        return True
    if column.codes is None:
        return False
    return any(NOTHING_WORD in (code.code, code.word, *code.aliases) for code in column.codes.codes)


def read_cell(raw: str, kind: str, column: Column, env: Environment, tag: Tag = PLAIN) -> Cell:
    """Value and codes of a filled cell.

    Args:
        raw: the text as the reader gave it.
        kind: the cell's kind letter, small.
        column: the column it stands in.
        env: facts of the file.
        tag: facts of the column's header.
    """
    text, was_guarded = unguarded(raw.strip(WHITE))
    if kind == "p":
        kind, text = "n", _shown_as_percent(text, column)
    if text in BLANK_WORDS or text in ERROR_WORDS:
        cell = blank(column, env)
    elif text == NOTHING_WORD and not holds_nothing_word(column):
        cell = Cell("0.00") if column.blank0 else blank(column, env)
    elif text in UNKNOWN_WORDS and not _is_listed(text, column):
        cell = _unknown(column, env)
    else:
        kept = text if column.type not in ("id", "name") else _kept_inside(raw, text)
        cell = _READERS[column.type](kept, kind, column, env, tag)
    return cell.with_codes("W_TEXT_GUARD") if was_guarded and kind == "t" else cell


def _shown_as_percent(text: str, column: Column) -> str:
    """A number that its format shows as per cent, as it is shown where the column is about rates."""
    if column.type != "pct" and not column.extra.get("rate_unit"):
        return text
    return f"{Decimal(text) * _HUNDRED:f}%" if _is_number(text) else text


def _kept_inside(raw: str, text: str) -> str:
    """An id or a name keeps its outer blanks, whose removal is a cleaning that the row reports."""
    before, after = len(raw) - len(raw.lstrip(WHITE)), len(raw.rstrip(WHITE))
    return f"{raw[:before]}{text}{raw[after:]}"


def _is_listed(text: str, column: Column) -> bool:
    return column.codes is not None and any(text in (code.word, *code.aliases) for code in column.codes.codes)
