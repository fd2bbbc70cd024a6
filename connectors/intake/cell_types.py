"""What the readers of single cells share: the result, the file's environment, blank words, white space.

Data in: nothing. Data out: :class:`Cell`, :class:`Environment` and word lists of feeds.md section 4.1.
Not here: reading any type of cell.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass, replace

from connectors.contract import Column

_NO_WIDTH = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Characters that nobody sees; those of the direction of writing come along when a number is copied from a window."""
WHITE = " \t\r\n\f\v\u00a0\u3000" + _NO_WIDTH
"""Characters stripped from both ends of a cell."""
BLANK_WORDS = frozenset(("", "/", "\\", "-", "--", "—", "——", "－", "／", "NULL", "null", "Null", "N/A", "n/a", "暂无"))
NOTHING_WORD = "无"
"""Blank as well, but for yes/no, code lists that hold it, and money where nothing is zero."""
UNKNOWN_WORDS = frozenset(("不详", "未知", "不清楚", "待定", "待核实"))
ERROR_WORDS = frozenset(("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"))
_INVISIBLE = dict.fromkeys(map(ord, _NO_WIDTH))
CODE_AND_DETAIL = "split_part(code, ':', 1), nullif(split_part(code, ':', 2), '')"
"""SQL: a column ``code`` as :class:`Cell` writes it, taken apart."""


@dataclass(frozen=True)
class Cell:
    """A cell's canonical value and codes; ``W_VALUE_DROPPED:R_X`` names the R code that a mandatory field gets.

    ``first``, ``second`` and ``third`` hold what belongs beside the value: id → status, birth date, sex; date →
    precision; name → comparison form, note; code → the word sent.
    """

    value: str | None
    codes: tuple[str, ...] = ()
    first: str | None = None
    second: str | None = None
    third: str | None = None

    def with_codes(self, *codes: str) -> Cell:
        """The same value with more codes."""
        return replace(self, codes=(*self.codes, *codes))


NOTHING = Cell(None)


@dataclass(frozen=True)
class Environment:
    """Facts of the file that a cell's meaning depends on."""

    received_on: dt.date
    date1904: bool = False
    money_unit: str | None = None
    """From the side file or the unit line."""
    has_certificate: bool = False
    """The feed has a certificate number that stands in for a blank id."""
    has_tokens: bool = False
    """Tokens of ids are wanted beside them."""


def dropped(column: Column, code: str) -> Cell:
    """A bad value: its R code rejects a row only where the column is mandatory."""
    if column.req == "M" or column.strict:
        return Cell(None, (code,))
    return Cell(None, (f"W_VALUE_DROPPED:{code}",))


def unguarded(text: str) -> tuple[str, bool]:
    """A text without what forces a spreadsheet to keep it a text, and whether there was any."""
    if text.startswith('="') and text.endswith('"') and len(text) > len('=""'):
        return text[2:-1].strip(WHITE), True
    if text.startswith(("'", "`")):
        return text[1:].strip(WHITE), True
    return text, False


def squeeze(text: str) -> str:
    """NFKC without any white space or zero-width character."""
    return "".join(unicodedata.normalize("NFKC", text).translate(_INVISIBLE).split())
