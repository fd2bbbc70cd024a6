"""Killed at any point of landing, the next run ends exactly as an undisturbed one."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

import connectors
import pipeline
from connectors.keyfiles import load_or_create
from pipeline import wake
from pipeline.upkeep.fsck import fsck
from tests.integration.landing_home import Home, enrolments

POINTS = (
    "landing_copying",
    "landing_copied",
    "landing_claimed",
    "landing_read",
    "landing_answered",
    "landing_remembered",
    "landing_rows_written",
    "landing_before_commit",
    "landing_committed",
    "landing_delivering",
    "landing_delivered",
    "landing_removed",
)
KILLED = -9


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with its keys and villages, and a roster with its side file that waits."""
    home = Home.make(tmp_path_factory.mktemp("prepared") / "home").with_villages()
    home.drop("medical/enrolments", "roster.csv", enrolments(30, masked=2))
    home.drop("medical/enrolments", "roster.csv.meta.json", json.dumps({"period": "202006"}))
    for store in (home.settings.token_key, home.settings.vault_key):
        load_or_create(store)
    return home


def copy_of(home: Home, folder: Path) -> Home:
    shutil.copytree(home.settings.home, folder)
    return Home.make(folder)


@pytest.fixture(scope="module")
def undisturbed(prepared: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = copy_of(prepared, tmp_path_factory.mktemp("undisturbed") / "home")
    assert home.ingest_elsewhere() == 0
    assert len(home.contents()["raw.medical__enrolments"]) == 30
    return home


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at(point: str, prepared: Home, undisturbed: Home, tmp_path: Path) -> None:
    home = copy_of(prepared, tmp_path / "home")
    assert home.ingest_elsewhere(fault=point) == KILLED
    assert home.ingest_elsewhere() == 0
    assert home.contents() == undisturbed.contents()
    assert home.files("outbox") == undisturbed.files("outbox")
    for folder in ("ingest", "work", "state/claims", "state/outgoing"):
        assert home.files(folder) == {}, folder
    assert home.files("vault/originals").keys() == undisturbed.files("vault/originals").keys()
    assert fsck(home.settings) == []


def test_every_fault_point_of_landing_is_killed_in_these_tests() -> None:
    sources = [path for package in (connectors, pipeline) for path in Path(package.__path__[0]).rglob("*.py")]
    named = {point for path in sources for point in re.findall(r'fault\("(landing_\w+)"\)', path.read_text())}
    assert named == set(POINTS)


def test_a_night_is_asked_for_whoever_lands_the_file_or_dies_of_it(prepared: Home, tmp_path: Path) -> None:
    home = copy_of(prepared, tmp_path / "home")
    mark = wake.folder(home.settings) / "medical"
    assert home.ingest_elsewhere("landing_committed") == KILLED
    assert not mark.exists()
    assert [landed.status for landed in home.ingest()] == []
    assert mark.exists()
    mark.unlink()
    home.drop("medical/enrolments", "again.csv", enrolments(30, masked=2))
    assert [landed.status for landed in home.ingest()] == ["duplicate"]
    assert not mark.exists()
    home.drop("medical/enrolments", "next.csv", enrolments(31, masked=2))
    assert [landed.status for landed in home.ingest()] == ["accepted_with_errors"]
    assert mark.exists()
