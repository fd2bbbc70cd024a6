"""Several counties of one prefecture in one home: each sends its own files, the prefecture's numbers are their sums.

Data in: how many counties, and what makes each of them. Data out: the files of all below one folder, ``county.toml``
with the prefecture's code, and one truth: the counties' tables one after the other and the prefecture's own numbers.
Not here: a county (scenario.py).
"""

from __future__ import annotations

import csv
import shutil
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path

from simulator.geography import MOST_COUNTIES, PREFECTURE
from simulator.scenario import SimulationReport, home_file, simulate

NAME = "测试市"
_COUNTY_DIGITS = 6


def simulate_prefecture(
    out: Path,
    *,
    counties: int,
    seed: int,
    households: int,
    as_of: date,
    corrupt: float,
    progress: Callable[..., None] | None = None,
) -> SimulationReport:
    """Write ``counties`` counties of ``households`` register households each, every one with the next seed."""
    if not 1 <= counties <= MOST_COUNTIES:
        raise ValueError(f"a prefecture has 1 to {MOST_COUNTIES} counties")
    parts = []
    for place in range(counties):
        parts.append(
            simulate(
                out,
                seed=seed + place,
                households=households,
                as_of=as_of,
                corrupt=corrupt,
                place=place,
                progress=progress,
            )
        )
        (out / "truth").rename(out / f"truth-{place}")
    truth = _join(out, [out / f"truth-{place}" for place in range(counties)])
    (out / "county.toml").write_text(home_file(PREFECTURE, NAME, as_of), encoding="utf-8")
    files = {name: rows for part in parts for name, rows in part.files.items()}
    kinds = {kind for part in parts for kind in part.corruptions}
    applied = {kind: sum(part.corruptions.get(kind, 0) for part in parts) for kind in sorted(kinds)}
    return SimulationReport(seed, as_of.isoformat(), files, truth, applied)


def _join(out: Path, folders: list[Path]) -> dict[str, int]:
    """One truth of several; rows of each table."""
    target = out / "truth"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    counted = {}
    for table in sorted(path.name for path in folders[0].glob("*.csv")):
        rows: list[dict[str, str]] = []
        names: list[str] = []
        for folder in folders:
            with (folder / table).open(encoding="utf-8", newline="") as stream:
                reader = csv.DictReader(stream)
                rows += list(reader)
                names = list(reader.fieldnames or ())
        if table == "indicators.csv":
            rows += _sums(rows)
        with (target / table).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        counted[table.removesuffix(".csv")] = len(rows)
    for folder in folders:
        shutil.rmtree(folder)
    return counted


def _sums(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The prefecture's numbers: numerators and denominators of its counties added up."""
    totals: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        if len(row["area"]) == _COUNTY_DIGITS:
            totals[row["indicator"], row["as_of"]].append(row)
    return [
        {
            "indicator": indicator,
            "area": PREFECTURE,
            "as_of": as_of,
            "numerator": str(sum(int(row["numerator"]) for row in of)),
            "denominator": str(sum(int(row["denominator"]) for row in of)) if of[0]["denominator"] else "",
        }
        for (indicator, as_of), of in totals.items()
    ]
