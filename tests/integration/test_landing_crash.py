"""Killed at any point of landing, the next run ends exactly as an undisturbed one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import connectors
import pipeline
from pipeline.fsck import fsck
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


def prepared(folder: Path, source: Home) -> Home:
    """A home with the keys of ``source``, the county's villages, and a roster that waits."""
    home = Home.make(folder)
    home.settings.keys.mkdir()
    for key in source.settings.keys.iterdir():
        (home.settings.keys / key.name).write_bytes(key.read_bytes())
    home.with_villages()
    home.drop("medical/enrolments", "roster.csv", enrolments(30, masked=2))
    home.drop("medical/enrolments", "roster.csv.meta.json", json.dumps({"period": "202006"}))
    return home


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("undisturbed")
    keys = Home.make(folder / "keys").with_villages()
    home = prepared(folder / "home", keys)
    assert home.ingest_elsewhere() == 0
    assert len(home.contents()["raw.medical__enrolments"]) == 30
    return home


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at(point: str, undisturbed: Home, tmp_path: Path) -> None:
    home = prepared(tmp_path / "home", undisturbed)
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
