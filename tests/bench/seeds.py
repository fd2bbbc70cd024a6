"""Counties nobody has seen: seeds times corruption rates, each compared with how its cases were made.

Data in: seeds, rates, a size. Data out: a table with one line per county: recall and precision over every rule and
reason code, and how many links, indicators, cards and lists differ; exit code 1 if anything does.
Not here: what is compared (pipeline/scoring/score.py). Each county runs as a user runs it up to its publication.
Run: ``python -m tests.bench.seeds --seeds 9001-9010 --rates 0.005,0.02,0.2 [--households 300] [--keep FOLDER]``
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from expectations.gate import check_landing
from pipeline import settings as home
from pipeline.night.reconcile import reconcile
from pipeline.receiving.ingest import ingest_waiting
from pipeline.scoring.score import differences, score
from simulator import simulate

AS_OF = date(2020, 6, 30)
_COUNTED = ("rules", "intake")
_DIFFERING = ("indicators", "cards", "lists")
_SHOWN = 12


@dataclass(frozen=True)
class Result:
    """What one county's comparison gave."""

    seed: int
    rate: float
    outcome: str
    expected: int
    """Findings and reason codes that were made."""
    recall: float
    precision: float
    rules: int
    """Rules with anything to find."""
    wrong: Mapping[str, int]
    """Part → how many of its lines differ."""
    seconds: float

    @property
    def is_perfect(self) -> bool:
        """Published, and nothing differs."""
        return self.outcome == "published" and not any(self.wrong.values())


def judged(found: Mapping[str, Any]) -> dict[str, int]:
    """How many lines of each part of a score differ from the truth."""
    wrong = {
        part: sum((line["recall"], line["precision"]) != (1, 1) for line in found[part].values()) for part in _COUNTED
    }
    wrong["links"] = found["links"]["wrong"] + found["links"]["missed"]
    return wrong | {part: found[part]["different"] for part in _DIFFERING}


def run(seed: int, rate: float, households: int, folder: Path, console: Console) -> Result:
    """One county, from its files to the comparison."""
    began = time.monotonic()
    simulate(folder, seed=seed, households=households, as_of=AS_OF, corrupt=rate)
    settings = home.load(folder)
    ingest_waiting(settings, received_on=AS_OF, landing_gate=check_landing)
    outcome = reconcile(settings, AS_OF, stop_after="publish_table").outcome
    if outcome != "published":
        return Result(seed, rate, outcome, 0, 0.0, 0.0, 0, {"published": 1}, time.monotonic() - began)
    found = score(settings, folder / "truth")
    wrong = judged(found)
    if any(wrong.values()):
        _show(differences(settings, folder / "truth", limit=_SHOWN), wrong, console)
    lines = [line for part in _COUNTED for line in found[part].values()]
    expected, seen = (sum(line[side] for line in lines) for side in ("expected", "found"))
    both = sum(round((line["recall"] or 0) * line["expected"]) for line in lines)
    rules = sum(line["expected"] > 0 for line in found["rules"].values())
    shares = (both / expected if expected else 1.0, both / seen if seen else 1.0)
    return Result(seed, rate, outcome, expected, *shares, rules, wrong, time.monotonic() - began)


def _show(found: Mapping[str, Sequence[Mapping[str, Any]]], wrong: Mapping[str, int], console: Console) -> None:
    for part, rows in found.items():
        for row in rows if wrong.get(part) else ():
            console.print(f"  {part}: {dict(row)}", markup=False, soft_wrap=True)


@contextmanager
def _folder(keep: Path | None, name: str) -> Iterator[Path]:
    if keep is not None:
        yield keep / name
        return
    made = Path(tempfile.mkdtemp(prefix="onetable-seed-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _numbers(text: str) -> list[int]:
    """``9001-9003,9010`` as numbers."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def main() -> None:
    """Print the table; exit 1 if a county differs from its truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="9001-9010")
    parser.add_argument("--rates", default="0.005,0.02,0.2")
    parser.add_argument("--households", type=int, default=300)
    parser.add_argument("--keep", type=Path, help="a folder in which every county's home stays")
    asked = parser.parse_args()
    console = Console()
    table = Table(title=f"counties of {asked.households} households, {AS_OF}")
    parts = (*_COUNTED, "links", *_DIFFERING)
    for heading in ("seed", "rate", "to find", "recall", "precision", "rules met", *(f"{p} wrong" for p in parts), "s"):
        table.add_column(heading, justify="right")
    results = []
    for seed in _numbers(asked.seeds):
        for rate in (float(part) for part in asked.rates.split(",")):
            with _folder(asked.keep, f"{seed}-{rate}") as folder:
                one = run(seed, rate, asked.households, folder, console)
            results.append(one)
            console.print(f"{seed} {rate}: {one.outcome} {dict(one.wrong)} {one.seconds:.0f} s", highlight=False)
            table.add_row(
                str(seed),
                str(rate),
                str(one.expected),
                f"{one.recall:.4f}",
                f"{one.precision:.4f}",
                str(one.rules),
                *(str(one.wrong.get(part, "–")) for part in parts),
                f"{one.seconds:.0f}",
            )
    console.print(table)
    perfect = sum(one.is_perfect for one in results)
    console.print(f"{perfect} of {len(results)} counties equal their truth in every rule, number, card and list")
    sys.exit(perfect < len(results))


if __name__ == "__main__":
    main()
