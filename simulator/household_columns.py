"""Columns that every list by household begins with.

Data in: the register and the general residents. Data out: area, household number and head.
Not here: what a list says about the household.
"""

# ruff: noqa: PLR2004 -- the shares and ages of an invented county are data, not thresholds

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulator.cells import area_columns, joined, numbers
from simulator.register import Register
from simulator.residents import Residents

IntArray = NDArray[np.int64]

ONE_IN = 40
"""One in forty general residents heads a household that housing and water lists name."""


def household_columns(reg: Register, household: IntArray) -> dict[str, pa.Array]:
    """Columns of register households."""
    heads = pa.array(reg.households.start[household])
    village = reg.households.village[household]
    return {
        **area_columns(reg.geography, village, "township", "village"),
        "hh_no": reg.households.numbers.take(pa.array(household)),
        "head_name": reg.people.names.take(heads),
        "head_id_no": reg.people.ids.take(heads),
    }


def edge_columns(reg: Register) -> dict[str, pa.Array]:
    """Columns of edge households."""
    heads = pa.array(reg.edge.start[:-1])
    return {
        **area_columns(reg.geography, reg.edge.village, "township", "village"),
        "hh_no": reg.edge.numbers,
        "head_name": reg.people.names.take(heads),
        "head_id_no": reg.people.ids.take(heads),
    }


def general_heads(reg: Register, residents: Residents, low: int, high: int) -> tuple[dict[str, pa.Array], IntArray]:
    """Columns of some households outside both, and the village of each."""
    number = residents.numbers_in(low, high)
    crowd = residents.crowd(number[number % ONE_IN == 7])
    village = crowd.village
    columns = {
        **area_columns(reg.geography, village, "township", "village"),
        "hh_no": joined("7", numbers((1 + reg.geography.place) * 1_000_000_000 + crowd.number)),
        "head_name": crowd.names,
        "head_id_no": crowd.ids,
    }
    return columns, village
