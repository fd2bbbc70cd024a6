"""Resident ids and other numbers that are texts (feeds.md sections 4.2 and 4.11).

Data in: one cell's text and kind. Data out: :class:`Cell` (status, birth date and sex beside an id).
Not here: tokens and the vault (identity/).
"""

from __future__ import annotations

import datetime as dt
import re

from connectors.contract import Column
from connectors.intake.cell_types import Cell, Environment, dropped, squeeze

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
DIVISIONS = frozenset((*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55),
                       *range(61, 66), 71, 81, 82, 83))  # fmt: skip
"""First two digits of a resident id: the province level."""
PLACEHOLDERS = frozenset((*(str(digit) * 18 for digit in range(10)), "123456789012345678"))
_FULL = re.compile(r"\d{17}[\dX]")
_OLD = re.compile(r"\d{15}")
_CERTIFICATE = re.compile(r"\d{17}[\dX].{2,4}")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d+")
_MASKED = re.compile(r"[*＊×✱●]|X{2,}")
_LONG = 16
_OLD_LENGTH = 15
_HHNO = re.compile(r"[0-9A-Za-z-]{4,30}")
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}")


def check_digit(first17: str) -> str:
    """Check character of GB 11643 for the first 17 digits."""
    return CHECK_DIGITS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first17, strict=True)) % 11]


def is_valid(number: str) -> bool:
    """18 characters, a real birth date, a right check digit."""
    return bool(_FULL.fullmatch(number)) and _birth(number) is not None and check_digit(number[:17]) == number[17]


def _birth(number: str) -> str | None:
    try:
        return dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14])).isoformat()
    except ValueError:
        return None


def _valid(number: str, codes: tuple[str, ...]) -> Cell:
    if int(number[:2]) not in DIVISIONS:
        codes = (*codes, "W_ID_DIVISION")
    return Cell(number, codes, "valid", _birth(number), "1" if int(number[16]) % 2 else "2")


def _extended(number: str) -> str:
    first17 = number[:6] + "19" + number[6:]
    return first17 + check_digit(first17)


def _own(column: Column) -> bool:
    """The id is the row's own: an unreadable one rejects the row whatever the column's mark."""
    return not column.secondary


def _refused(column: Column, code: str) -> Cell:
    if _own(column) or column.req == "M":
        return Cell(None, (code,), "invalid")
    return Cell(None, (f"W_VALUE_DROPPED:{code}",), "missing")


def _numeric(text: str, column: Column) -> Cell:
    digits = text.split(".", maxsplit=1)[0]
    if len(digits) >= _LONG or not digits.isdigit():
        return _refused(column, "R_ID_NUMERIC")
    if not _own(column):
        return _refused(column, "R_ID_NUMERIC")
    if len(digits) == _OLD_LENGTH and is_valid(_extended(digits)):
        return _valid(_extended(digits), ("W_ID_15", "W_ID_NUMERIC15"))
    return Cell(digits, ("W_ID_CHECK",), "invalid")


def read_id(text: str, kind: str, column: Column, env: Environment) -> Cell:
    """A resident id: cleaned, extended from 15 digits, or kept as text with W_ID_CHECK."""
    if kind == "n":
        return _numeric(text, column)
    number = squeeze(text).upper()
    if _SCIENTIFIC.fullmatch(number):
        return _refused(column, "R_ID_NUMERIC")
    if _MASKED.search(number):
        return _refused(column, "R_ID_MASKED")
    if number in PLACEHOLDERS:
        if column.req == "M":
            return Cell(None, ("R_REQUIRED_BLANK",), "missing")
        warns = _own(column) and column.name == "id_no" and not env.has_certificate
        return Cell(None, ("W_ID_BLANK",) if warns else (), "missing")
    codes = ("W_ID_CLEANED",) if number != text else ()
    if _OLD.fullmatch(number) and is_valid(_extended(number)):
        return _valid(_extended(number), (*codes, "W_ID_15"))
    if is_valid(number):
        return _valid(number, codes)
    if _CERTIFICATE.fullmatch(number) and is_valid(number[:18]):
        return _valid(number[:18], (*codes, "W_ID_CERT"))
    return Cell(number, (*codes, "W_ID_CHECK"), "invalid")


def read_number_text(text: str, kind: str, column: Column) -> Cell:
    """A household, certificate, student, account or phone number: a text even in a numeric cell."""
    is_account = column.name.startswith("account")
    plain = squeeze(text)
    codes: tuple[str, ...] = ()
    if kind == "n":
        plain = plain.split(".", maxsplit=1)[0]
        if len(plain) >= _LONG or not plain.isdigit():
            return _unreadable(column, is_account)
        codes = () if column.name == "phone" else ("W_NUMERIC_TEXT",)
    if column.name == "phone":
        return Cell(plain) if _PHONE.fullmatch(plain) else dropped(column, "R_NUMBER_INVALID")
    if column.type == "hhno" and not _HHNO.fullmatch(plain):
        return dropped(column, "R_KEY_MISSING")
    if _SCIENTIFIC.fullmatch(plain.upper()) and (is_account or "+" in plain):
        return _unreadable(column, is_account)
    return Cell(plain, codes)


def _unreadable(column: Column, is_account: bool) -> Cell:
    if column.extra.get("numeric_rejects"):
        return Cell(None, ("R_ID_NUMERIC",))
    return Cell(None, ("W_ACCOUNT_NUMERIC",)) if is_account else dropped(column, "R_KEY_MISSING")
