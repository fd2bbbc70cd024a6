"""Counties calibrated to a document, so that the numbers which it states come out.

Data in: a profile, the geography and the register being made. Data out: both fitted to it.
Not here: retrofits (housing_lists.py) and unpaid premiums (unpaid.py), which follow the same profile; anything else of
the real places: people, areas and ids stay invented.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from simulator.geography import Geography
from simulator.register import EXITED, NOT_OUT, Register


@dataclass(frozen=True)
class Profile:
    """What a document says of its county; None where it says nothing."""

    as_of: date
    households: int
    not_out_persons: int | None = None
    exited_villages: int | None = None
    projects: int | None = None
    """Retrofits of the year's batch."""
    unpaid: int | None = None
    """Register people enrolled but not paid."""


PROFILES = {
    "xiangyin-2020": Profile(date(2020, 3, 7), 2300, not_out_persons=2531, exited_villages=28),
    "bairi-2018": Profile(date(2018, 6, 30), 1200, projects=747, unpaid=1020),
}


def fit_geography(geography: Geography, profile: Profile) -> Geography:
    """As many poor villages that have left as the document says."""
    if profile.exited_villages is None:
        return geography
    if profile.exited_villages > geography.villages:
        raise ValueError("a profile wants more villages than its county has")
    return replace(geography, exited=profile.exited_villages)


def fit_register(reg: Register, profile: Profile, rng: np.random.Generator) -> None:
    """Exactly as many people in households that have not left poverty as the document says."""
    if profile.not_out_persons is None:
        return
    left = profile.not_out_persons
    reg.exit_year[reg.status == NOT_OUT] = reg.as_of.year - 2
    reg.status[reg.status == NOT_OUT] = EXITED[0]
    for household in rng.permutation(reg.households.count):
        size = int(reg.households.size[household])
        if size <= left:
            reg.status[household], reg.exit_year[household] = NOT_OUT, 0
            left -= size
    if left:
        raise ValueError("the profile's people do not fill whole households")
