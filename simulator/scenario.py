"""One synthetic county, its departments' files and the truth about them.

Data in: seed, size, day, share of corrupted households.
Data out: ``ingest/``, ``truth/`` and ``county.toml`` below one folder.
Not here: how any of the parts is made; this module puts them in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from simulator.chosen import Fault, apply_faults
from simulator.consequences import conclude
from simulator.consequences_school import expect_school_aid
from simulator.consequences_stays import expect_dear_stays, expect_layers_outside_scheme
from simulator.corruptions import corrupt_bulletins, corrupt_world
from simulator.indicators import true_numbers
from simulator.layout import SHAPES, totals_shape
from simulator.profiles import PROFILES
from simulator.sending import Delivery, send
from simulator.special_cover import buy_special_cover
from simulator.standing import expect_county, expect_standing
from simulator.totals import department_totals
from simulator.truth import write_truth
from simulator.unpaid import fit_insurance
from simulator.world import make_world


class Progress(Protocol):
    """How a step tells where it is."""

    def __call__(self, text: str, done: float | None = None, total: float | None = None) -> None:
        """``done`` of ``total``."""


@dataclass(frozen=True)
class SimulationReport:
    """What was written."""

    seed: int
    as_of: str
    files: dict[str, int]
    """File below ``ingest/`` → rows."""
    truth: dict[str, int]
    """Truth table → rows."""
    corruptions: dict[str, int] = field(default_factory=dict)
    """Kind → how often it was applied."""

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries."""
        return asdict(self)


def home_file(code: str, name: str, as_of: date) -> str:
    """What county.toml says of a home."""
    return f'county_code = "{code}"\ncounty_name = "{name}"\ntoday = "{as_of.isoformat()}"\nsettle_seconds = 2\n'


def _silent(text: str, done: float | None = None, total: float | None = None) -> None:
    del text, done, total


def simulate(
    out: Path,
    *,
    seed: int,
    households: int,
    as_of: date,
    corrupt: float,
    identity: float = 0.0,
    scale: str | None = None,
    profile: str | None = None,
    place: int = 0,
    faults: Sequence[Fault] = (),
    progress: Progress | Callable[..., None] | None = None,
) -> SimulationReport:
    """Write a county of ``households`` register households; ``corrupt`` of them carry one error each.

    ``identity`` of them, beside those, suffer what makes people hard to tell apart: damaged ids, other forms of names.
    The same arguments write the same bytes. ``scale='prefecture'`` overrides ``households``; ``profile`` overrides
    ``households`` and ``as_of`` and lets the numbers of a document come out. ``place`` is the county's among
    those of its prefecture (prefecture.py). ``faults`` befall whom they name (chosen.py).
    """
    if not 0 <= corrupt <= corrupt + identity <= 1:
        raise ValueError("corrupt, as identity, is a share of the households: 0 ≤ corrupt + identity ≤ 1")
    step = progress or _silent
    step("造一个县", 0, len(SHAPES) + 2)
    fitted = PROFILES[profile] if profile else None
    if fitted is not None:
        households, as_of = fitted.households, fitted.as_of
    world = make_world(seed=seed, households=households, as_of=as_of, scale=scale, profile=fitted, place=place)
    if fitted is not None:
        fit_insurance(world, fitted, np.random.default_rng([seed, 3]))
    applied = corrupt_world(world, share=corrupt, seed=seed, identity=identity)
    apply_faults(world, faults, seed)
    if scale is None:
        buy_special_cover(world)
    expect_standing(world)
    conclude(world)
    expect_school_aid(world)
    expect_dear_stays(world)
    expect_layers_outside_scheme(world)
    numbers = true_numbers(world)
    expect_county(world, numbers)
    deliveries: list[Delivery] = []
    for done, shape in enumerate(SHAPES, start=1):
        step(shape.words, done, len(SHAPES) + 2)
        deliveries.append(send(world, shape, out))
    bulletins = department_totals(world.register, world.geography, numbers)
    applied |= corrupt_bulletins(world, bulletins, share=corrupt, seed=seed)
    for sector, bulletin in bulletins.items():
        shape = totals_shape(sector)
        world.sent[shape.feed] = bulletin.sent
        deliveries.append(send(world, shape, out))
    step("真值", len(SHAPES) + 1, len(SHAPES) + 2)
    truth = write_truth(world, deliveries, numbers, out)
    (out / "county.toml").write_text(
        home_file(world.geography.county, world.geography.county_name, as_of),
        encoding="utf-8",
    )
    return SimulationReport(seed, as_of.isoformat(), {d.name: d.rows for d in deliveries}, truth, applied)
