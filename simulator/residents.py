"""Residents outside the register: counted, never followed one by one.

Data in: the geography and how many they are. Data out: ids, names, ages by village, computed when asked for,
so that ten million of them take no memory.
Not here: what departments write about them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulator.ids import DIVISION, GENERAL_SEQUENCES, id_numbers
from simulator.names import MOST_IN_A_VILLAGE, person_names

IntArray = NDArray[np.int64]

_OLDEST_YEARS = 85
_DAYS = _OLDEST_YEARS * 365
_STRIDE = 15_485_863
"""A prime: walking the (day, sequence) slots by it visits each once."""


@dataclass(frozen=True)
class Crowd:
    """The general residents of some villages, as parallel arrays."""

    number: IntArray
    """Position among all general residents."""
    village: IntArray
    birth: IntArray
    ids: pa.StringArray
    names: pa.StringArray
    draw: NDArray[np.float64]
    """A uniform number that belongs to the person, for shares that need no memory."""


@dataclass(frozen=True)
class Residents:
    """How many general residents each village holds, and where their names begin."""

    starts: IntArray
    """First resident number of each village, with the total as last entry."""
    first_name: IntArray
    youngest_day: int
    division: int

    @property
    def count(self) -> int:
        """All of them."""
        return int(self.starts[-1])

    def numbers_in(self, low: int, high: int) -> IntArray:
        """The residents of villages ``low`` … ``high − 1``, by number."""
        return np.arange(self.starts[low], self.starts[high], dtype=np.int64)

    def birth_of(self, number: IntArray) -> IntArray:
        """Birth day of each resident."""
        return np.asarray(self.youngest_day - _slot(number) // GENERAL_SEQUENCES, dtype=np.int64)

    def crowd(self, number: IntArray) -> Crowd:
        """All that is known of these residents, whose numbers ascend."""
        village = np.searchsorted(self.starts, number, side="right") - 1
        birth = self.birth_of(number)
        return Crowd(
            number=number,
            village=village.astype(np.int64),
            birth=birth,
            ids=id_numbers(birth, _slot(number) % GENERAL_SEQUENCES, self.division),
            names=person_names(village, number - self.starts[village] + self.first_name[village]),
            draw=share_of(number),
        )


def _slot(number: IntArray) -> IntArray:
    return np.asarray((number * _STRIDE) % (_DAYS * GENERAL_SEQUENCES), dtype=np.int64)


def share_of(number: IntArray) -> NDArray[np.float64]:
    """A uniform number that belongs to the resident."""
    return np.asarray(((number * 2_654_435_761) % 1_000_003) / 1_000_003.0)


def make_residents(villages: int, count: int, followed: IntArray, today: int, division: int = DIVISION) -> Residents:
    """``count`` residents spread evenly; ``followed`` is the village of everybody who already has a name."""
    each = np.full(villages, count // villages, dtype=np.int64)
    each[: count % villages] += 1
    first_name = np.bincount(followed, minlength=villages).astype(np.int64)
    if int((first_name + each).max()) >= MOST_IN_A_VILLAGE:
        raise ValueError("a village holds more people than there are names")
    return Residents(
        starts=np.r_[0, np.cumsum(each)].astype(np.int64),
        first_name=first_name,
        youngest_day=today - 30,
        division=division,
    )
