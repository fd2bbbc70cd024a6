"""Resident identity numbers under an unassigned division (610099 unless said), with right check characters (GB 11643).

Data in: birth days and sequence numbers. Data out: 18-character numbers.
Not here: who gets which number.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

DIVISION = 610099
SEQUENCES = 1_000
GENERAL_SEQUENCES = 700
"""Sequence numbers 0–699 of a birth day belong to residents outside the register, the rest to the register."""

_RESERVED = np.array([s for s in range(GENERAL_SEQUENCES, SEQUENCES, 2) if s % 100], dtype=np.int64)
"""Even numbers of the register's range; none ends in 00, so that no id looks as if a spreadsheet had cut it."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = tuple("10X98765432")
_EPOCH = np.datetime64("1970-01-01", "D")


def day_number(iso: str) -> int:
    """Days since 1970-01-01."""
    return int((np.datetime64(iso, "D") - _EPOCH).astype(np.int64))


def iso_day(day: int) -> str:
    """A day number as ``YYYY-MM-DD``."""
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def compact_dates(days: IntArray) -> IntArray:
    """Days since 1970-01-01 as the integers YYYYMMDD."""
    dates = _EPOCH + days.astype("timedelta64[D]")
    months = dates.astype("datetime64[M]")
    years = dates.astype("datetime64[Y]")
    year = years.astype(np.int64) + 1970
    month = (months - years.astype("datetime64[M]")).astype(np.int64) + 1
    day = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    return np.asarray(year * 10_000 + month * 100 + day, dtype=np.int64)


def check_characters(body: IntArray) -> pa.StringArray:
    """Check character of each 17-digit number."""
    total = np.zeros(len(body), dtype=np.int64)
    rest = body.copy()
    for weight in reversed(_WEIGHTS):
        total += (rest % 10) * weight
        rest //= 10
    return pa.array(_CHECK).take(pa.array(total % 11))


def id_numbers(birth: IntArray, sequence: IntArray, division: int = DIVISION) -> pa.StringArray:
    """The 18-character number of each (birth day, sequence number); odd sequences are men."""
    body = (division * 100_000_000 + compact_dates(birth)) * SEQUENCES + sequence
    return pc.binary_join_element_wise(pa.array(body).cast(pa.string()), check_characters(body), "")


def reserved_sequences(birth: IntArray, is_male: NDArray[np.bool_]) -> IntArray:
    """A sequence number from the register's range for each person, unique within birth day and sex."""
    group = birth * 2 + is_male
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    lengths = np.diff(np.r_[starts, len(ordered)])
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - np.repeat(starts, lengths)
    if len(rank) and int(rank.max()) >= len(_RESERVED):
        raise ValueError("more people share a birth day and sex than the reserved numbers allow")
    return np.asarray(_RESERVED[rank] + is_male, dtype=np.int64)
