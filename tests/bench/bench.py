"""How long a night takes, step by step, beside one bare DuckDB script that does the same work.

Data in: a scale. Data out: a table of steps with rows, seconds, rows a second and peak memory, and the ratio.
Not here: the product's steps themselves; they run as a user runs them, as child processes of ``onetable``.
Run: ``python -m tests.bench.bench --scale county|prefecture [--keep FOLDER]``
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from connectors.encryption import is_encrypted
from simulator.scenario import SimulationReport

AS_OF = "2020-06-30"
_LOOK_SECONDS = 0.2
_ROOT = Path(__file__).resolve().parents[2]
_PLAIN = Path(__file__).with_name("plain")
_MEGABYTE = 1_000_000
_HOUSEHOLDS = 5000
_CORRUPT = "0.02"
_LISTS = {"mismatches", "indicators", "work_lists", "one_table_person", "one_table_household"}
"""Marts that the bare script makes too."""
_LINKING = re.compile(r"int_(\w+_rows|register_\w+|counterparts|repeated_\w+|areas)")
"""Models that say whose each row is: the script does that in its step ``tokenise``, before its lists."""


@dataclass(frozen=True)
class Step:
    """One measured step."""

    name: str
    rows: int | None
    seconds: float
    megabytes: float | None = None

    @property
    def rate(self) -> float | None:
        """Rows a second."""
        return self.rows / self.seconds if self.rows and self.seconds else None


@dataclass(frozen=True)
class Measured:
    """A finished child process."""

    seconds: float
    megabytes: float
    output: str


def _tree_bytes(process: psutil.Process) -> int:
    """Resident memory of a process and everything it started, shared pages counted once each."""
    total = 0
    for part in [process, *process.children(recursive=True)]:
        try:
            total += part.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def measured(command: list[str], *, home: Path, is_plain: bool = False) -> Measured:
    """Run a child, ``is_plain`` without encryption; its wall time and the highest memory of its whole process tree."""
    peak = 0
    plain = {"PYTHONPATH": f"{_PLAIN}{os.pathsep}{_ROOT}"} if is_plain else {}
    environment = {**os.environ, "ONETABLE_HOME": str(home), "COLUMNS": "200", **plain}
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    finished = threading.Event()

    def watch() -> None:
        nonlocal peak
        watched = psutil.Process(process.pid)
        while not finished.wait(_LOOK_SECONDS):
            try:
                peak = max(peak, _tree_bytes(watched))
            except psutil.NoSuchProcess:
                return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    output, _ = process.communicate()
    finished.set()
    thread.join()
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command[:5])} ended with {process.returncode}")
    return Measured(time.monotonic() - started, peak / _MEGABYTE, output)


def _json_of(output: str) -> Any:
    start = min((at for at in (output.find("{"), output.find("[")) if at >= 0), default=0)
    return json.loads(output[start:])


def _product(home: Path, rows: int, *, is_plain: bool = False) -> tuple[list[Step], list[dict[str, Any]]]:
    """The night as a user runs it, and what each model of the build took."""
    cli = [sys.executable, "-m", "pipeline.cli"]
    taken = measured([*cli, "ingest", "--received-on", AS_OF, "--json"], home=home, is_plain=is_plain)
    statuses = {item["status"] for item in _json_of(taken.output)}
    left = sum(1 for path in (home / "ingest").rglob("*") if path.is_file())
    if left or not statuses <= {"accepted", "accepted_with_errors"}:
        raise SystemExit(f"not every file was accepted: {sorted(statuses)}, {left} left lying")
    night = measured([*cli, "reconcile", "--as-of", AS_OF, "--json"], home=home, is_plain=is_plain)
    report = _json_of(night.output)
    if report["outcome"] != "published":
        raise SystemExit(f"the night published nothing: {report['outcome']}, {report.get('problem')}")
    steps = [Step("ingest", rows, taken.seconds, taken.megabytes)]
    steps += [Step(f"  {part['name']}", None, part["seconds"]) for part in report.get("steps", [])]
    return [*steps, Step("reconcile", rows, night.seconds, night.megabytes)], report.get("models", [])


def _simulated(home: Path, scale: str) -> tuple[Step, int]:
    extra = ["--scale", "prefecture"] if scale == "prefecture" else ["--households", str(_HOUSEHOLDS)]
    command = [
        sys.executable,
        "-m",
        "pipeline.cli",
        "simulate",
        "--out",
        str(home),
        "--seed",
        "1",
        "--corrupt",
        _CORRUPT,
    ]
    made = measured([*command, "--as-of", AS_OF, *extra, "--json"], home=home)
    report: dict[str, Any] = _json_of(made.output)
    rows = sum(SimulationReport(**report).files.values())
    return Step("simulate (not counted)", rows, made.seconds, made.megabytes), rows


def _rules_stage(models: Sequence[Mapping[str, Any]], bare: Mapping[str, float]) -> list[Step]:
    """The rules stage beside the hand-written SQL for the same lists and numbers, which reads each feed once.

    The clock counts a moment once however many models run in it, as it does for the script, whose queries use both
    cores too; tests of the models are no part of it. Rules that the script does not have stand apart, and so does the
    linking of rows, which the script does before its lists (exact.py holds that against a bare join).
    """
    script = Path(__file__).with_name("bare.sql").read_text(encoding="utf-8")
    same = {f"rule_{rule.lower()}_" for rule in re.findall(r"'(R\d{3})'", script)}
    shared, own, linking = [], [], []
    for model in models:
        name, began = str(model["name"]), float(model["began"])
        span = (began, began + float(model["seconds"]))
        is_rule = name.startswith("rule_")
        if is_rule and not any(name.startswith(prefix) for prefix in same):
            own.append(span)
        elif _LINKING.fullmatch(name):
            linking.append(span)
        elif model["kind"] == "model" and (is_rule or name.startswith("int_") or name in _LISTS):
            shared.append(span)
    floor = bare["facts"] + bare["lists"] + bare["indicators"]
    stage = _clock(shared)
    return [
        Step(f"rules stage, {len(same)} rules that the script has too", None, stage),
        Step("  the same, seconds of all models added up", None, sum(end - start for start, end in shared)),
        Step("  the same with the linking of rows", None, _clock(shared + linking)),
        Step("rules stage, further rules", None, _clock(own)),
        Step(f"hand-written SQL for the same lists (ratio {stage / floor:.1f})", None, floor),
    ]


def _clock(spans: Sequence[tuple[float, float]]) -> float:
    """Seconds in which at least one of them ran."""
    total, until = 0.0, 0.0
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total


def _twin(home: Path, rows: int) -> list[Step]:
    """The same files in a home of their own, taken in and reconciled with nothing encrypted."""
    steps, _ = _product(home, rows, is_plain=True)
    if is_encrypted(home / "warehouse.duckdb"):
        raise SystemExit("the plain twin is encrypted: it measures nothing")
    return [Step(f"  without encryption: {one.name.strip()}", None, one.seconds, one.megabytes) for one in steps]


def _without_parts(steps: Sequence[Step]) -> float:
    return sum(step.seconds for step in steps if step.name.endswith(("ingest", "reconcile")))


def run(scale: str, folder: Path, *, has_twin: bool) -> tuple[list[Step], float | None]:
    """All steps, the last two are the totals; and what encryption costs, as a share of the night without it."""
    home = folder / "home"
    home.mkdir(parents=True)
    simulated, rows = _simulated(home, scale)
    bare = measured([sys.executable, "-m", "tests.bench.bare", str(home), str(folder / "bare"), AS_OF], home=home)
    other = folder / "plain"
    if has_twin:
        shutil.copytree(home, other)
    product, models = _product(home, rows)
    plain = _twin(other, rows) if has_twin else []
    cost = _without_parts(product) / _without_parts(plain) - 1 if has_twin else None
    bare_seconds = _json_of(bare.output)
    parts = [Step(f"  bare {name}", None, seconds) for name, seconds in bare_seconds.items()]
    stage = _rules_stage(models, bare_seconds)
    whole = [step for step in product if not step.name.startswith(" ")]
    total = Step("one table", rows, sum(s.seconds for s in whole), max(s.megabytes or 0 for s in whole))
    script = Step("bare script", rows, bare.seconds, bare.megabytes)
    return [simulated, *product, *plain, *parts, *stage, total, script], cost


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", choices=("county", "prefecture"), default="county")
    parser.add_argument("--keep", type=Path, help="an empty or absent folder that stays afterwards")
    parser.add_argument("--twin", action="store_true", help="the night once more without encryption: what it costs")
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="onetable-bench-"))
    try:
        steps, cost = run(arguments.scale, folder, has_twin=arguments.twin)
    finally:
        if arguments.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    console = Console()
    table = Table(title=f"{arguments.scale}: {AS_OF}")
    for heading in ("step", "rows", "seconds", "rows/s", "peak MB"):
        table.add_column(heading, justify="left" if heading == "step" else "right")
    for step in steps:
        table.add_row(
            step.name,
            f"{step.rows:,}" if step.rows else "",
            f"{step.seconds:.1f}",
            f"{step.rate:,.0f}" if step.rate else "",
            f"{step.megabytes:,.0f}" if step.megabytes else "",
        )
    console.print(table)
    console.print(f"ratio to the bare script: {steps[-2].seconds / steps[-1].seconds:.1f}")
    if cost is not None:
        console.print(f"encryption costs {cost:+.1%} of the night without it")


if __name__ == "__main__":
    main()
