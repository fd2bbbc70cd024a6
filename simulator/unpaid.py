"""The people who are enrolled and have not paid, as many as a document says.

Data in: the clean world and a profile. Data out: rows of the medical list and what follows from them.
Not here: the kind itself (corruptions_medical.py).
"""

from __future__ import annotations

import numpy as np

from simulator.corruptions_medical import left_unpaid
from simulator.kinds import insured
from simulator.profiles import Profile
from simulator.world import World


def fit_insurance(world: World, profile: Profile, rng: np.random.Generator) -> None:
    """Exactly as many register people who are enrolled and have not paid as the document says."""
    if profile.unpaid is None:
        return
    for person in rng.choice(insured(world), profile.unpaid, replace=False):
        left_unpaid(world, int(person), rng)
