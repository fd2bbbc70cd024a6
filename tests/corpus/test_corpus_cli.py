"""``onetable check``, run as a clerk's administrator runs it: the same result, exit codes, Chinese on the terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.corpus.build import File, corpus
from tests.corpus.compare import differences
from tests.integration.landing_home import VILLAGES, Home


def _first(status: str, part: str = "") -> File:
    return next(file for file in corpus() if file.expected["status"] == status and part in file.label + file.name)


CASES = {
    "accepted": (_first("accepted", ".xls"), 0),
    "with errors": (_first("accepted_with_errors", ".csv"), 1),
    "refused": (_first("refused", "half an xlsx"), 2),
    "nil": (_first("nil"), 0),
    "withdrawal": (_first("accepted_with_errors", "a withdrawal"), 1),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home.make(tmp_path_factory.mktemp("checked") / "home").with_villages()


def run(home: Home, path: Path, feed: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline.cli", "check", str(path), "--feed", feed, "--received-on", "2020-07-03"]
    place = os.environ | {"ONETABLE_HOME": str(home.settings.home)}
    return subprocess.run([*command, *options], capture_output=True, text=True, check=False, env=place)


@pytest.mark.parametrize("case", CASES)
def test_check_answers_in_the_form_of_the_specification(home: Home, tmp_path: Path, case: str) -> None:
    file, exit_code = CASES[case]
    path = tmp_path / file.name
    path.write_bytes(file.body)
    if file.side is not None:
        path.with_name(f"{file.name}.meta.json").write_text(json.dumps(file.side))
    done = run(home, path, file.feed, "--json")
    assert done.returncode == exit_code, done.stderr
    assert differences(json.loads(done.stdout), file.expected) == []


def test_what_was_taken_in_before_is_a_duplicate(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "again.csv"
    path.write_text(VILLAGES, encoding="utf-8")
    done = run(home, path, "registry/villages", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["status"], found["reasons"]) == (0, "duplicate", ["G_DUPLICATE_FILE"])


def test_a_person_reads_chinese(home: Home, tmp_path: Path) -> None:
    file, _ = CASES["with errors"]
    path = tmp_path / file.name
    path.write_bytes(file.body)
    done = run(home, path, file.feed)
    assert done.returncode == 1
    assert done.stdout.startswith("结果：已接收，部分行退回")
    assert "逐行结果" in done.stdout
    assert "accepted" not in done.stdout
