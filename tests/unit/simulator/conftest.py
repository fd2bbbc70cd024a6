"""Simulated counties, made once a session."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from simulator import SimulationReport, simulate

CORRUPT = 0.4
"""Share of households at which every kind finds one in a county of 1,200."""


@dataclass(frozen=True)
class County:
    """A simulated folder and what the simulator said about it."""

    folder: Path
    report: SimulationReport

    def truth(self, name: str) -> list[dict[str, str]]:
        """Rows of one truth table."""
        with (self.folder / "truth" / f"{name}.csv").open(encoding="utf-8") as handle:
            return list(csv.DictReader(handle))

    def file(self, feed: str) -> Path:
        """The one file of a feed."""
        (path,) = (self.folder / "ingest" / feed).iterdir()
        return path


def _county(folder: Path, *, seed: int, corrupt: float, households: int = 300) -> County:
    return County(
        folder,
        simulate(folder, seed=seed, households=households, as_of=date(2020, 6, 30), corrupt=corrupt),
    )


@pytest.fixture(scope="session")
def clean_county(tmp_path_factory: pytest.TempPathFactory) -> County:
    return _county(tmp_path_factory.mktemp("clean"), seed=1, corrupt=0)


@pytest.fixture(scope="session")
def corrupted_county(tmp_path_factory: pytest.TempPathFactory) -> County:
    """Large enough that every kind of corruption finds a household."""
    return _county(tmp_path_factory.mktemp("corrupted"), seed=1, corrupt=CORRUPT, households=1200)
