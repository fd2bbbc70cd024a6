"""A standing Airflow from dropped files to one published table, and on to a second file of one department."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import openpyxl
import psutil
import pytest

from connectors.contract import SECTORS
from pipeline.scoring.score import score
from pipeline.settings import load
from service.standing import running
from tests.builders.standing_home import SECOND_FILE_SECONDS, Standing, onetable

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DEPENDS_ON_WATER = {
    "R001", "R002", "R026", "R028", "R030", "R033", "R037", "R041", "R042", "R044", "R048",
    "R130", "R131", "R132", "R133", "R134", "R135",
}  # fmt: skip
"""Rules about water, and those about a household as a whole, whose eight conditions name its water."""
NUMBERS_OF_WATER = {"exit_pass_rate", "not_out_ready_rate", "identified_rate"}
"""Numbers of the exit test; those with water or card in their name depend on water as well."""


def test_every_file_has_its_receipt(first_night: Standing, standing_county: Path) -> None:
    for sector in SECTORS:
        sent = [path for path in (standing_county / "ingest" / sector).rglob("*") if path.is_file()]
        receipts = [path for path in (first_night.home / "outbox" / sector).iterdir() if "回执" in path.name]
        assert len(receipts) == len(sent), sector


def test_the_numbers_are_the_truth(first_night: Standing, standing_county: Path) -> None:
    found = score(load(first_night.home), standing_county / "truth")
    wrong = {
        code: line
        for part in ("rules", "intake")
        for code, line in found[part].items()
        if (line["recall"], line["precision"]) != (1.0, 1.0)
    }
    assert not wrong
    assert found["links"]["wrong"] == found["links"]["missed"] == 0
    assert found["indicators"]["compared"] > 0
    assert found["indicators"]["different"] == 0


def test_a_burst_of_files_makes_one_reconciliation(first_night: Standing) -> None:
    assert len(first_night.asset_runs("reconcile")) == 1


def test_models_and_checks_are_in_the_task_logs(first_night: Standing) -> None:
    assert "dbt success one_table_person" in first_night.task_log("reconcile", "build_candidate")
    assert "gate passed, critical" in first_night.task_log("reconcile", "gate_candidate")
    assert first_night.manifest()["export_sha256"] in first_night.task_log("reconcile", "publish_table")


def test_no_identifier_is_in_what_airflow_keeps(first_night: Standing, standing_county: Path) -> None:
    with (standing_county / "truth" / "links.csv").open(encoding="utf-8", newline="") as stream:
        people = {row["person"] for row in csv.DictReader(stream) if len(row["person"]) == 18}
    assert len(people) > 100
    for path in (first_night.home / "airflow").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [person for person in people if person.encode() in content], path


def test_only_loopback_is_listened_on(first_night: Standing) -> None:
    supervisor = psutil.Process(running(first_night.home)["pid"])  # type: ignore[index]
    family = [supervisor, *supervisor.children(recursive=True)]
    listening = [address for process in family for address in _listening(process)]
    assert len(listening) >= len(("Airflow", "site"))
    assert set(listening) == {"127.0.0.1"}


def _listening(process: psutil.Process) -> list[str]:
    """Addresses that a process listens on; none of a task that has just ended."""
    try:
        found = process.net_connections("inet")
    except psutil.NoSuchProcess:
        return []
    return [connection.laddr.ip for connection in found if connection.status == psutil.CONN_LISTEN]


def test_the_command_line_gives_the_same_night(first_night: Standing, standing_county: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(standing_county, home)
    shutil.copytree(first_night.home / "keys", home / "keys")
    onetable(home, "ingest", "--no-gate")
    onetable(home, "reconcile")
    assert json.loads(onetable(home, "publish", "--json"))["export_sha256"] == first_night.manifest()["export_sha256"]


def a_correction(standing_county: Path, target: Path) -> str:
    """A 更正 file in which one household with safe water of its own has too little of it; returns its number."""
    (sent,) = (standing_county / "ingest" / "water" / "household_water").iterdir()
    rows = list(openpyxl.load_workbook(sent).active.iter_rows(values_only=True))
    header = next(row for row in rows if "户编号" in row)
    at = {str(name): place for place, name in enumerate(header)}
    register = {row["hh_no"] for row in published_households(target.parents[3])}
    row = next(
        list(row)
        for row in rows
        if row[at["供水类型"]] == "分散供水" and row[at["水量充足"]] in {"是", "√"} and row[at["户编号"]] in register
    )
    row[at["水量充足"]] = "否"
    row[at["评定结论"]] = "不达标"
    lines = [",".join("" if cell is None else str(cell) for cell in line) for line in (header, row)]
    unfinished = target.with_name(target.name + ".part")
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    unfinished.write_text("\n".join([*lines, ""]), encoding="utf-8")
    unfinished.rename(target)
    return str(row[at["户编号"]])


def published_households(home: Path) -> list[dict[str, str]]:
    with (home / "published" / "current" / "export" / "one_table_household.csv").open(encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if row["water_ok"].lower() == "true"]


def changed(before: list[dict[str, str]], after: list[dict[str, str]], key: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows that are new, gone or different, as they are now (or were)."""
    old = {tuple(row[name] for name in key): row for row in before}
    new = {tuple(row[name] for name in key): row for row in after}
    return [
        new.get(which) or old[which] for which in sorted(old.keys() | new.keys()) if old.get(which) != new.get(which)
    ]


def test_a_second_file_changes_only_what_depends_on_it(first_night: Standing, standing_county: Path) -> None:
    tables = {
        "mismatches": ("mismatch_id",),
        "indicators": ("indicator", "area_code"),
        "one_table_household": ("household_key",),
        "one_table_person": ("person_uid",),
        "feed_status": ("sector", "entity"),
    }
    before = {table: first_night.export(table) for table in tables}
    hash_before = first_night.manifest()["export_sha256"]
    asked = first_night.home / "ingest" / "water" / "household_water" / "610099_202006_入户饮水安全评定_更正.csv"
    hh_no = a_correction(standing_county, asked)
    first_night.wait_until("published again", lambda: first_night.is_settled(nights=2), SECOND_FILE_SECONDS)

    after = {table: changed(before[table], first_night.export(table), key) for table, key in tables.items()}
    assert first_night.manifest()["export_sha256"] != hash_before
    assert [row["hh_no"] for row in after["one_table_household"]] == [hh_no]
    assert {row["hh_no"] for row in after["one_table_person"]} == {hh_no}
    assert "R134" in {row["rule_id"] for row in after["mismatches"]}
    assert {row["rule_id"] for row in after["mismatches"]} <= DEPENDS_ON_WATER
    numbers = {row["indicator"] for row in after["indicators"]}
    assert {name for name in numbers if "water" not in name and not name.startswith("card_")} <= NUMBERS_OF_WATER
    assert "water_safe_full" in numbers
    assert {(row["sector"], row["entity"]) for row in after["feed_status"]} == {("water", "household_water")}
    for sector in set(SECTORS) - {"water"}:
        assert len(first_night.asset_runs(f"ingest_{sector}")) <= 1, sector
