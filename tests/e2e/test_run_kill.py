"""A night that is killed anywhere and run again publishes what an undisturbed night publishes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow]

FILES_REFUSED = 1
INGEST_POINTS = (
    "landing_copying",
    "landing_claimed",
    "landing_rows_written:2",
    "landing_before_commit:3",
    "landing_committed:2",
    "landing_delivering:2",
    "landing_removed",
)
BUILD_POINTS = ("build_start", "build_middle:40", "build_end")
PUBLISH_POINTS = ("publish_export", "publish_before_rename", "publish_before_swap", "publish_after_swap")


def onetable(home: Path, *words: str, fault: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ONETABLE_HOME": str(home), "ONETABLE_FAULT": fault}
    command = [sys.executable, "-m", "pipeline.cli", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)


def must(done: subprocess.CompletedProcess[str], *codes: int) -> str:
    assert done.returncode in {0, *codes}, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def ingest(home: Path) -> None:
    must(onetable(home, "ingest", "--no-gate"), FILES_REFUSED)


def is_killed_at(home: Path, point: str, *words: str) -> None:
    done = onetable(home, *words, fault=point)
    assert done.returncode == -signal.SIGKILL, f"{point} was not reached: {done.stdout[-2000:]}{done.stderr[-2000:]}"


def export_of(home: Path) -> str:
    return str(json.loads(must(onetable(home, "publish", "--json")))["export_sha256"])


def answers_of(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home / "outbox")) for path in (home / "outbox").rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kill") / "county"
    simulated = onetable(
        folder, "simulate", "--seed", "7", "--households", "60", "--corrupt", "0.05", "--out", str(folder)
    )
    must(simulated)
    settings = folder / "county.toml"
    lines = [line for line in settings.read_text(encoding="utf-8").splitlines() if not line.startswith("settle")]
    settings.write_text("\n".join([*lines, "settle_seconds = 0.0", ""]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def undisturbed(county: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    shutil.copytree(county, home)
    ingest(home)
    must(onetable(home, "reconcile"))
    assert answers_of(home)
    return home


@pytest.fixture
def home(county: Path, undisturbed: Path, tmp_path: Path) -> Path:
    """The same files under the same keys, before anything happened."""
    copy = tmp_path / "home"
    shutil.copytree(county, copy)
    shutil.copytree(undisturbed / "keys", copy / "keys")
    return copy


def assert_same_night(home: Path, undisturbed: Path) -> None:
    assert export_of(home) == export_of(undisturbed)
    assert answers_of(home) == answers_of(undisturbed)
    assert not list((home / "state" / "claims").glob("*"))
    assert not [path for path in home.rglob("*.tmp") if path.is_file()]
    assert not [path for path in (home / "ingest").rglob("*") if path.is_file()]


def test_killed_in_ingest(home: Path, undisturbed: Path) -> None:
    for point in INGEST_POINTS:
        is_killed_at(home, point, "ingest", "--no-gate")
    ingest(home)
    must(onetable(home, "reconcile"))
    assert_same_night(home, undisturbed)


def test_killed_in_dbt(home: Path, undisturbed: Path) -> None:
    ingest(home)
    for point in BUILD_POINTS:
        is_killed_at(home, point, "reconcile")
        assert not (home / "published" / "current").exists()
    must(onetable(home, "reconcile"))
    assert_same_night(home, undisturbed)


def test_killed_in_publish(home: Path, undisturbed: Path) -> None:
    ingest(home)
    for point in PUBLISH_POINTS:
        is_killed_at(home, point, "reconcile")
    must(onetable(home, "reconcile"))
    assert_same_night(home, undisturbed)


def test_a_home_built_from_its_vault_and_keys_alone_publishes_the_same_night(
    county: Path, undisturbed: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "alone"
    (alone / "vault").mkdir(parents=True)
    shutil.copyfile(county / "county.toml", alone / "county.toml")
    shutil.copytree(undisturbed / "keys", alone / "keys")
    shutil.copytree(undisturbed / "vault" / "originals", alone / "vault" / "originals")
    shutil.copyfile(undisturbed / "vault" / "records.box", alone / "vault" / "records.box")
    must(onetable(alone, "rebuild"))
    must(onetable(alone, "reconcile"))
    assert export_of(alone) == export_of(undisturbed)
    must(onetable(alone, "fsck"))
