"""The project as dbt parsed it is kept for the next night: it must be what a fresh parsing would give."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import msgpack
import pytest
from dbt.parser.manifest import extended_mashumuro_decoder

from pipeline.candidate import dbt_child
from pipeline.repository import DBT_PROJECT, ROOT

if TYPE_CHECKING:
    from pathlib import Path

COUNTY = "610099"
VOLATILE = {"created_at", "metadata", "files", "state_check"}
"""When a node was parsed and by which process, and what partial parsing compares (times of files, variables)."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shutil.copytree(DBT_PROJECT, tmp_path / "project", ignore=shutil.ignore_patterns("target", "logs"))


@pytest.fixture
def small_project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: small\nversion: '1.0.0'\nprofile: small\n")
    (folder / "profiles.yml").write_text("small: {target: t, outputs: {t: {type: duckdb, path: ':memory:'}}}\n")
    (folder / "models" / "day.sql").write_text("select '{{ var(\"as_of\") }}' as day")
    return folder


def run(folder: Path, project: Path, *command: str, as_of: str = "2020-06-30", run_id: str = "one") -> str:
    """One dbt command as build.py starts it; returns what dbt printed."""
    options = ["--log-level-file", "none", "--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    options += ["--vars", json.dumps({"as_of": as_of, "county": COUNTY, "run_id": run_id})]
    arguments = dbt_child.arguments(project, COUNTY, folder / "results.json", command, options)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(arguments, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def kept(project: Path) -> list[Path]:
    return sorted((project / "target").glob("parsed-*.msgpack"))


def lasting(value: Any) -> Any:
    """A parsed project without what tells one parsing from another."""
    if isinstance(value, dict):
        return {name: lasting(part) for name, part in value.items() if name not in VOLATILE}
    return [lasting(part) for part in value] if isinstance(value, list | tuple) else value


@pytest.mark.slow
def test_day_and_run_id_decide_nothing_in_the_parsed_project(tmp_path: Path, project: Path) -> None:
    parsed = []
    for as_of, run_id in (("2020-06-30", "one"), ("2016-02-29", "another")):
        run(tmp_path, project, "ls", "--resource-type", "model", as_of=as_of, run_id=run_id)
        (file,) = kept(project)
        parsed.append(lasting(extended_mashumuro_decoder(file.read_bytes())))
        file.unlink()
    assert len(parsed[0]["nodes"]) > 100
    assert parsed[0] == parsed[1]


def test_a_kept_project_is_compiled_for_the_day_of_the_night(tmp_path: Path, small_project: Path) -> None:
    assert "2020-06-30" in run(tmp_path, small_project, "compile", "--select", "day")
    (before,) = kept(small_project)
    parsed_at = before.stat().st_mtime_ns
    assert "2021-01-01" in run(tmp_path, small_project, "compile", "--select", "day", as_of="2021-01-01")
    assert before.stat().st_mtime_ns == parsed_at
    # A changed project is parsed anew, and the old one goes.
    (small_project / "models" / "day.sql").write_text("select 'changed' as day")
    assert "changed" in run(tmp_path, small_project, "compile", "--select", "day")
    (after,) = kept(small_project)
    assert after != before


@pytest.mark.parametrize("damage", [b"", b"no project", msgpack.packb({"nodes": 1}), msgpack.packb([1])])
def test_a_damaged_file_is_as_none(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "parsed.msgpack"
    file.write_bytes(damage)
    assert dbt_child.kept_project(file) is None


def test_a_project_that_cannot_be_written_to_is_parsed_all_the_same(tmp_path: Path, small_project: Path) -> None:
    (small_project / "target").write_text("a file where the folder would be")
    assert "2020-06-30" in run(tmp_path, small_project, "compile", "--select", "day")


def test_what_decides_has_a_name_of_its_own(small_project: Path) -> None:
    name = dbt_child.parsed_name(small_project, COUNTY)
    assert dbt_child.parsed_name(small_project, COUNTY) == name
    assert dbt_child.parsed_name(small_project, "6100") != name
    (small_project / ".user.yml").write_text("id: dbt's own\n")
    assert dbt_child.parsed_name(small_project, COUNTY) == name
    (small_project / "models" / "text.md").write_text("{% docs text %}words{% enddocs %}")
    assert dbt_child.parsed_name(small_project, COUNTY) != name


def test_a_project_that_does_not_parse_is_told(tmp_path: Path, small_project: Path) -> None:
    (small_project / "models" / "day.sql").write_text("select {{ ref('nowhere') }}")
    with pytest.raises(AssertionError, match="nowhere"):
        run(tmp_path, small_project, "compile", "--select", "day")
    assert not kept(small_project)
