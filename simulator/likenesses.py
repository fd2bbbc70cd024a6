"""People of the register who are easily mixed up: twins, some with one name, and fathers and sons of like names.

Data in: relations, births, sexes and name ordinals of the register's people. Data out: the same arrays with some people
made alike, chosen by their position only, so that no other choice of the county moves.
Not here: what a list makes of two such people (nothing goes wrong where every id is right).
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulator.names import like_names

Values = TypeVar("Values", np.int64, np.bool_)
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_TWINS_EVERY, _ONE_NAME_EVERY = 9, 2
"""One in nine pairs of neighbouring children are twins; half of the twins were given one name."""
_LIKE_SONS_EVERY = 5


def twin_of(home: IntArray, is_child: BoolArray) -> IntArray:
    """For every person the position of the elder twin, -1 for none; a child is the twin of the one listed before."""
    position = np.arange(len(home))
    follows = np.r_[False, is_child[1:] & is_child[:-1] & (home[1:] == home[:-1])]
    pairs = position[follows]
    chosen = pairs[::_TWINS_EVERY]
    twins = np.full(len(home), -1, dtype=np.int64)
    twins[chosen] = chosen - 1
    return twins


def same_as_twin(values: NDArray[Values], twins: IntArray) -> NDArray[Values]:
    """``values`` with every twin's replaced by the elder's."""
    chosen: NDArray[Values] = values[np.where(twins >= 0, twins, np.arange(len(twins)))]
    return chosen


def alike(names: pa.StringArray, village: IntArray, ordinal: IntArray, twins: IntArray, sons: IntArray) -> pa.Array:
    """``names`` in which every other pair of twins bears one name, and some sons their father's but for one character.

    ``sons`` holds the position of the father of every son, -1 for everybody else.
    """
    texts = names.to_numpy(zero_copy_only=False).copy()
    chosen = np.flatnonzero(sons >= 0)[::_LIKE_SONS_EVERY]
    fathers = sons[chosen]
    made = like_names(village[fathers], ordinal[fathers])
    seen: set[tuple[int, str]] = set()
    for son, place, name in zip(chosen.tolist(), village[fathers].tolist(), made, strict=True):
        if name is not None and (place, name) not in seen:
            seen.add((place, name))
            texts[son] = name
    for twin in np.flatnonzero(twins >= 0)[::_ONE_NAME_EVERY].tolist():
        texts[twin] = texts[twins[twin]]
    return pa.array(texts, pa.string())
