"""The table of corruptions, and their application: every way in which a department's file goes wrong.

Data in: the clean world and the share of households to corrupt. Data out: the world changed, with facts and findings.
Not here: what one kind does (the corruptions_* modules).
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from simulator.corruptions_aid import AID_KINDS
from simulator.corruptions_bulletins import BULLETIN_KINDS, Bulletin
from simulator.corruptions_dibao import DIBAO_KINDS
from simulator.corruptions_edges import EDGE_KINDS
from simulator.corruptions_files import FILE_KINDS
from simulator.corruptions_hospital import HOSPITAL_KINDS
from simulator.corruptions_houses import HOUSE_KINDS
from simulator.corruptions_identity import IDENTITY_ID_KINDS
from simulator.corruptions_identity_homes import IDENTITY_HOME_KINDS
from simulator.corruptions_identity_lists import IDENTITY_LIST_KINDS
from simulator.corruptions_identity_names import IDENTITY_NAME_KINDS
from simulator.corruptions_medical import MEDICAL_KINDS
from simulator.corruptions_projects import PROJECT_KINDS
from simulator.corruptions_register import REGISTER_KINDS
from simulator.corruptions_rows import ROW_KINDS
from simulator.corruptions_school import SCHOOL_KINDS
from simulator.corruptions_stays import STAY_KINDS
from simulator.corruptions_strangers import STRANGER_KINDS
from simulator.corruptions_supported import SUPPORTED_KINDS
from simulator.corruptions_tekun import TEKUN_KINDS
from simulator.corruptions_water import WATER_KINDS
from simulator.kinds import Kind, home_of
from simulator.world import World

IDENTITY_KINDS: tuple[Kind, ...] = (
    *IDENTITY_ID_KINDS,
    *IDENTITY_LIST_KINDS,
    *IDENTITY_NAME_KINDS,
    *IDENTITY_HOME_KINDS,
)
"""What makes people hard to tell apart."""

KINDS: tuple[Kind, ...] = (
    *MEDICAL_KINDS,
    *SCHOOL_KINDS,
    *DIBAO_KINDS,
    *STRANGER_KINDS,
    *HOUSE_KINDS,
    *PROJECT_KINDS,
    *WATER_KINDS,
    *REGISTER_KINDS,
    *EDGE_KINDS,
    *ROW_KINDS,
    *HOSPITAL_KINDS,
    *STAY_KINDS,
    *SUPPORTED_KINDS,
    *TEKUN_KINDS,
    *AID_KINDS,
    *IDENTITY_KINDS,
)
"""Each household carries at most one of these: name, feed, candidates, effect, consequence, weight."""

_MOST_REJECTED = 0.08
"""Share of a feed's rows that may become unreadable, so that the file as a whole is still accepted."""
_BULLETIN_SHARE = 3
"""A bulletin has few rows: they go wrong this many times as often as households."""


def corrupt_world(world: World, *, share: float, seed: int, identity: float = 0.0) -> dict[str, int]:
    """Apply kinds to ``share`` of the households: each kind once, the weighty ones first, then by weight.

    ``identity`` more of them suffer one of the kinds that make people hard to tell apart, all equally often.
    """
    wanted = round(share * world.register.households.count)
    doubtful = round(identity * world.register.households.count)
    if not wanted + doubtful:
        return {}
    rng = np.random.default_rng([seed, 1])
    weights = np.array([kind.weight for kind in KINDS])
    shuffled = rng.permutation(len(KINDS))
    once = list(shuffled[np.argsort(weights[shuffled] <= 1, kind="stable")])
    more = rng.choice(len(KINDS), size=max(0, wanted - len(once)), p=weights / weights.sum())
    mixed_up = len(KINDS) - 1 - np.arange(doubtful) % len(IDENTITY_KINDS)
    pools: dict[int, list[int]] = {}
    used: set[tuple[str, int]] = set()
    rejected: Counter[str] = Counter()
    applied: Counter[str] = Counter()
    for number in [*[*once, *more][:wanted], *mixed_up]:
        kind = KINDS[int(number)]
        if kind.rejects and rejected[kind.feed] + kind.rejects > _room(world, kind.feed):
            continue
        if int(number) not in pools:
            pools[int(number)] = [int(s) for s in rng.permutation(kind.candidates(world))]
        subject = _next_free(world, kind, pools[int(number)], used)
        if subject is None:
            continue
        kind.apply(world, subject, rng)
        rejected[kind.feed] += kind.rejects
        applied[kind.name] += 1
    for file_kind in FILE_KINDS:
        if rng.random() < file_kind.chance:
            file_kind.apply(world)
            applied[file_kind.name] += 1
    return dict(applied)


def _room(world: World, feed: str) -> float:
    sent = world.sent[feed]
    return _MOST_REJECTED * (sent.table.base + sent.general_rows)


def _next_free(world: World, kind: Kind, pool: list[int], used: set[tuple[str, int]]) -> int | None:
    """The next candidate whose household is still clean."""
    while pool:
        subject = pool.pop()
        home = home_of(world, kind.scope, subject)
        if home not in used:
            used.add(home)
            return subject
    return None


def corrupt_bulletins(world: World, bulletins: dict[str, Bulletin], *, share: float, seed: int) -> dict[str, int]:
    """Let departments report some numbers wrongly; at least each kind once where anything is corrupted."""
    if not share:
        return {}
    rng = np.random.default_rng([seed, 2])
    rows = [(sector, rid) for sector, bulletin in bulletins.items() for rid in range(len(bulletin.keys))]
    free = [rows[i] for i in rng.permutation(len(rows))]
    wanted = max(len(BULLETIN_KINDS), round(min(share, _MOST_REJECTED) * _BULLETIN_SHARE * len(rows)))
    applied: Counter[str] = Counter()
    for turn in range(wanted):
        kind = BULLETIN_KINDS[turn % len(BULLETIN_KINDS)]
        at = next((i for i, (sector, rid) in enumerate(free) if kind.fits(bulletins[sector], rid)), None)
        if at is None:
            continue
        sector, rid = free.pop(at)
        kind.apply(world, bulletins[sector], rid)
        applied[kind.name] += 1
    return dict(applied)
