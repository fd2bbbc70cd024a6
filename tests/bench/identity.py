"""Measures identity on hidden truth at a county of a million rows: links, exact recall, proposals, seconds, memory.

Data in: a folder that does not exist yet, how many register households (56,000 give a million rows). Data out: JSON on
standard output. Run by hand: ``python -m tests.bench.identity --home FOLDER [--households N]``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HOUSEHOLDS = 56_000


def _onetable(home: Path, *arguments: str) -> tuple[Any, float]:
    """One command: its JSON and its seconds."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments, "--json"],
        env={**os.environ, "ONETABLE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout.strip():
        raise RuntimeError(done.stderr[-500:])
    return json.loads(done.stdout), round(time.monotonic() - began, 1)


def main() -> None:
    """Simulate, take in, reconcile, score."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--home", type=Path, required=True)
    asked.add_argument("--households", type=int, default=HOUSEHOLDS)
    asked.add_argument("--seed", default="4")
    given = asked.parse_args()
    seconds = {}
    _, seconds["simulate"] = _onetable(
        given.home, "simulate", "--seed", given.seed, "--households", str(given.households), "--as-of", "2020-06-30",
        "--corrupt", "0.01", "--identity", "0.05", "--out", str(given.home),
    )  # fmt: skip
    _, seconds["ingest"] = _onetable(given.home, "ingest")
    _, seconds["reconcile"] = _onetable(given.home, "reconcile")
    found, seconds["score"] = _onetable(given.home, "score", "--truth", str(given.home / "truth"))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    report = {"links": found["links"], "proposals": found["proposals"], "seconds": seconds, "peak_mb": peak}
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
