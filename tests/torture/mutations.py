"""Each promise's key line is broken, one at a time, in a copy of the product: a test must go red.

Data in: mutations.yaml. Data out: per line, whether the named test failed on the broken copy. A line not found is
an error, so that the list keeps up with the code.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.torture.table import Count

ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = (
    "connectors",
    "identity",
    "pipeline",
    "expectations",
    "simulator",
    "service",
    "tests",
    "dbt_project",
    "dags",
)


@dataclass(frozen=True)
class Broken:
    """One line, what it becomes, and the test that must notice."""

    promise: str
    path: str
    line: str
    becomes: str
    test: str


LINES = tuple(Broken(**row) for row in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")))


def _copy(folder: Path) -> Path:
    target = folder / "copy"
    for name in _PACKAGES:
        left_out = shutil.ignore_patterns("__pycache__", "target", "logs")
        shutil.copytree(ROOT / name, target / name, ignore=left_out)
    shutil.copyfile(ROOT / "pyproject.toml", target / "pyproject.toml")
    return target


def _is_red(copy: Path, test: str) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", test]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, check=False, timeout=900)
    return done.returncode == 1


def broken_lines(folder: Path, rng: random.Random, tries: int, share: int, shares: int) -> Count:
    """Break as many lines as asked for; each must turn its test red."""
    count = Count("mutations")
    copy = _copy(folder)
    mine = LINES[share::shares]
    chosen = list(mine) if tries >= len(mine) else rng.sample(mine, tries)
    for broken in chosen:
        path = copy / broken.path
        whole = path.read_text(encoding="utf-8")
        if whole.count(broken.line) != 1:
            count.add(broken.promise, {"other": 1}, "the line is not there once: mend the list")
            continue
        path.write_text(whole.replace(broken.line, broken.becomes), encoding="utf-8")
        count.add(broken.promise, {"other": int(not _is_red(copy, broken.test))}, f"{broken.test} stayed green")
        path.write_text(whole, encoding="utf-8")
    return count
