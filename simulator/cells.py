"""Numbers and days as the words that a department types.

Data in: integer arrays. Data out: Arrow string columns; BLANK stands for a blank cell.
Not here: which column carries what.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simulator.geography import Geography

IntArray = NDArray[np.int64]
BLANK = -1_000_000_000
_CENTS = 100
_TWO_DIGITS = pa.array([f"{i:02d}" for i in range(_CENTS)])


def picked(words: Sequence[str], codes: IntArray | NDArray[np.bool_]) -> pa.StringArray:
    """The word of each code."""
    return pa.array(list(words), pa.string()).take(pa.array(np.asarray(codes, dtype=np.int64)))


def same(word: str, count: int) -> pa.StringArray:
    """One word in every row."""
    return pa.array([word], pa.string()).take(pa.array(np.zeros(count, dtype=np.int64)))


def blank_where(values: pa.StringArray, is_blank: NDArray[np.bool_]) -> pa.StringArray:
    """``values`` with blank cells."""
    return pc.if_else(pa.array(is_blank), "", values)


def numbers(values: IntArray) -> pa.StringArray:
    """Whole numbers."""
    return blank_where(pa.array(values).cast(pa.string()), values == BLANK)


def money(cents: IntArray) -> pa.StringArray:
    """Yuan with two decimals."""
    whole = pa.array(cents // _CENTS).cast(pa.string())
    text = pc.binary_join_element_wise(whole, _TWO_DIGITS.take(pa.array(cents % _CENTS)), ".")
    return blank_where(text, cents == BLANK)


def days(values: IntArray) -> pa.StringArray:
    """``YYYY-MM-DD``."""
    filled = np.where(values == BLANK, 0, values)
    text = pa.array(filled.astype(np.int32), pa.date32()).cast(pa.string())
    return blank_where(text, values == BLANK)


def joined(*parts: pa.StringArray | str) -> pa.StringArray:
    """The parts of each row put together."""
    return pc.binary_join_element_wise(*parts, "")


def area_columns(geography: Geography, village: IntArray, *names: str) -> dict[str, pa.StringArray]:
    """The area columns called ``names`` for rows that lie in ``village``."""
    words = {
        "county": ("测试县",) * geography.villages,
        "township": geography.township_words(),
        "village": geography.village_names,
        "village_code": geography.village_codes,
    }
    return {name: picked(words[name], village) for name in names}
