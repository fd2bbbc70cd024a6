"""Whole counties by the command line: dropped, taken in, reconciled, and compared with how each case was made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

RULES = {
    "R001", "R002", "R003", "R006", "R014", "R015", "R028", "R030", "R033", "R035", "R037", "R044", "R048", "R049",
    "R080", "R081", "R082", "R083", "R084", "R085", "R087", "R088", "R089", "R090", "R091", "R092", "R094", "R100",
    "R101", "R102", "R103", "R104", "R105", "R106", "R107", "R108", "R109", "R110", "R120", "R121", "R122", "R123",
    "R124", "R125", "R128", "R133", "R134", "R135", "R140", "R144", "R145", "R146", "R147", "R148", "R149", "R187",
}  # fmt: skip
SOMETIMES = {"R009", "R026", "R032", "R041", "R042", "R043", "R130", "R131"}
"""Rules about a whole county's share, about the few still poor or about to leave, or that two things must meet in."""

EVERYTHING = 0.7
"""Share of corrupted households from which every rule has something to find in a small county."""
MOST = 10


def onetable(home: Path, *arguments: str, expect: tuple[int, ...] = (0,)) -> Any:
    """Run one command on ``home`` and give its JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments, "--json"],
        env={**os.environ, "ONETABLE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in expect, done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(done.stdout)


def a_county(home: Path, *, seed: int, households: int, corrupt: float) -> None:
    onetable(
        home, "simulate", "--seed", str(seed), "--households", str(households), "--as-of", "2020-06-30",
        "--corrupt", str(corrupt), "--out", str(home),
    )  # fmt: skip


def imperfect(found: dict[str, Any]) -> dict[str, Any]:
    """What differs from the truth, if anything."""
    differing = {
        f"{part} {code}": line
        for part in ("rules", "intake")
        for code, line in found[part].items()
        if (line["recall"], line["precision"]) != (1, 1)
    }
    if found["links"]["wrong"] or found["links"]["missed"]:
        differing["links"] = found["links"]
    if found["cards"]["different"] or not found["cards"]["compared"]:
        differing["cards"] = found["cards"]
    if found["lists"]["different"] or not found["lists"]["compared"]:
        differing["lists"] = found["lists"]
    if found["indicators"]["different"] or not found["indicators"]["compared"]:
        differing["indicators"] = found["indicators"]
    return differing


@pytest.mark.parametrize(
    ("seed", "households", "corrupt"),
    [(101, 1200, 0.02), (102, 1200, 0.02), (103, 1200, 0.02), (104, 1200, 0.02), (105, 1200, 0.02), (106, 700, 0.7)],
)
def test_every_finding_verdict_and_number_is_the_one_that_was_made(
    tmp_path: Path, seed: int, households: int, corrupt: float
) -> None:
    a_county(tmp_path, seed=seed, households=households, corrupt=corrupt)
    onetable(tmp_path, "ingest")
    assert onetable(tmp_path, "reconcile")["outcome"] == "published"
    found = onetable(tmp_path, "score", "--truth", str(tmp_path / "truth"))
    seen = set(found["rules"])
    assert seen <= RULES | SOMETIMES
    assert seen >= RULES if corrupt >= EVERYTHING else len(seen) >= MOST
    assert imperfect(found) == {}


def test_bad_files_beside_good_ones_are_answered_and_the_good_ones_publish(tmp_path: Path) -> None:
    a_county(tmp_path, seed=107, households=150, corrupt=0.0)
    medical, water = tmp_path / "ingest" / "medical" / "enrolments", tmp_path / "ingest" / "water" / "household_water"
    whole = next(water.glob("*.xlsx")).read_bytes()
    (water / "610099_202005_入户饮水安全评定_全量.xlsx").write_bytes(whole[: len(whole) // 2])
    (medical / "照片.pdf").write_bytes(b"%PDF-1.4 not a list")
    (medical / "610099_202006_空表_全量.csv").write_text(
        "姓名,身份证号,人员属性,参保年度,险种,参保状态,缴费时间,个人缴费金额,资助金额,行政村\n", encoding="utf-8"
    )
    landed = {item["file_name"]: item for item in onetable(tmp_path, "ingest", expect=(1,))}
    refused = {name: item["reasons"] for name, item in landed.items() if item["status"] == "refused"}
    assert refused == {
        "610099_202005_入户饮水安全评定_全量.xlsx": ["F_CORRUPT"],
        "照片.pdf": ["F_TYPE"],
        "610099_202006_空表_全量.csv": ["F_EMPTY"],
    }
    for name in refused:
        assert any(answer.endswith("回执.xlsx") for answer in landed[name]["answers"])
    assert all(item["status"].startswith("accepted") for name, item in landed.items() if name not in refused)
    assert onetable(tmp_path, "reconcile")["outcome"] == "published"
    found = onetable(tmp_path, "score", "--truth", str(tmp_path / "truth"))
    assert {part: line for part, line in imperfect(found).items() if not part.startswith("intake F_")} == {}


def test_the_same_day_twice_gives_the_same_export_and_the_second_night_says_so(tmp_path: Path) -> None:
    a_county(tmp_path, seed=108, households=150, corrupt=0.1)
    onetable(tmp_path, "ingest")
    first = onetable(tmp_path, "reconcile")
    assert onetable(tmp_path, "reconcile")["outcome"] == "unchanged"
    again = onetable(tmp_path, "reconcile", "--force")
    assert again["export_sha256"] == first["export_sha256"]
    assert onetable(tmp_path, "status")["publication"]["export_sha256"] == first["export_sha256"]
