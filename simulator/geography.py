"""The county: its townships and villages.

Data in: how many villages. Data out: codes and names, the county being 610099 测试县 or another of its
prefecture.
Not here: the people, and the file that hands the villages over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.names import place_names

COUNTY = "610099"
COUNTY_NAME = "测试县"
PREFECTURE = COUNTY[:4]
_OTHER_NAMES = "乙丙丁戊己庚辛壬癸"
MOST_COUNTIES = 1 + len(_OTHER_NAMES)
"""Counties of one prefecture, numbered downwards from the first: their codes are unassigned too."""
_FIRST_TOWNSHIP, _FIRST_VILLAGE = 101, 201
_MOST_TOWNSHIPS = 60
_VILLAGES_A_TOWNSHIP = 8
_HOUSEHOLDS_A_VILLAGE = 80
_FEWEST_VILLAGES = 6


@dataclass(frozen=True)
class Geography:
    """Parallel lists; a village knows its township by position."""

    township_codes: tuple[str, ...]
    township_names: tuple[str, ...]
    village_codes: tuple[str, ...]
    village_names: tuple[str, ...]
    township_of: NDArray[np.int64]
    county: str = COUNTY
    county_name: str = COUNTY_NAME
    exited: int | None = None
    """How many poor villages, all of which have left poverty; None for every third village, some of them this year."""

    @property
    def villages(self) -> int:
        """How many villages there are."""
        return len(self.village_codes)

    @property
    def place(self) -> int:
        """0 for the first county, 1 for the next: numbers that counties give out are kept apart by it."""
        return int(COUNTY) - int(self.county)

    def township_words(self) -> tuple[str, ...]:
        """Township name of each village."""
        return tuple(self.township_names[t] for t in self.township_of)

    def in_township(self, township: int) -> NDArray[np.int64]:
        """Positions of the villages of one township."""
        return np.flatnonzero(self.township_of == township)


def make_geography(households: int, place: int = 0) -> Geography:
    """Townships and villages for a register of ``households``: about 80 register households a village."""
    if not 0 <= place < MOST_COUNTIES:
        raise ValueError(f"a prefecture has at most {MOST_COUNTIES} counties")
    county = str(int(COUNTY) - place)
    villages = max(_FEWEST_VILLAGES, households // _HOUSEHOLDS_A_VILLAGE)
    townships = min(_MOST_TOWNSHIPS, max(2, villages // _VILLAGES_A_TOWNSHIP))
    names = place_names(villages + townships)
    township_of = np.sort(np.arange(villages, dtype=np.int64) % townships)
    codes: list[str] = []
    for township in range(townships):
        inside = int((township_of == township).sum())
        codes += [f"{county}{_FIRST_TOWNSHIP + township}{_FIRST_VILLAGE + i}" for i in range(inside)]
    return Geography(
        township_codes=tuple(f"{county}{_FIRST_TOWNSHIP + t}" for t in range(townships)),
        township_names=tuple(f"{n}{'镇' if i % 3 else '乡'}" for i, n in enumerate(names[:townships])),
        village_codes=tuple(codes),
        village_names=tuple(f"{n}村" for n in names[townships:]),
        township_of=township_of,
        county=county,
        county_name=f"测{_OTHER_NAMES[place - 1]}县" if place else COUNTY_NAME,
    )
