"""The stores of a home: locks, integrity checks, retention, backup."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from connectors.warehouse import WarehouseBusyError, hold_warehouse, open_warehouse
from pipeline import policy
from pipeline.receiving.landing import scratch, weight
from pipeline.upkeep.backup import back_up
from pipeline.upkeep.fsck import fsck
from pipeline.upkeep.housekeeping import keep_house
from tests.integration.landing_home import Home, enrolments

FEED = "medical/enrolments"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home.make(tmp_path / "home").with_villages()
    made.drop(FEED, "610099_202006_医保_全量.csv", enrolments(30))
    made.ingest()
    return made


@pytest.fixture
def seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "policy_parameters.csv"
    path.write_text(
        "param_id,area_prefix,valid_from,valid_to,value\n"
        "retention_originals_days,,2013-01-01,,3650\n"
        "retention_originals_days,610099,2013-01-01,,30\n"
        "retention_originals_days,61,2013-01-01,,60\n"
        "retention_outbox_days,,2013-01-01,2021-01-01,10\n"
    )
    monkeypatch.setattr(policy.value, "__kwdefaults__", {"seed": path})
    return path


def test_a_home_in_order_has_no_findings(home: Home) -> None:
    assert fsck(home.settings) == []


def test_a_damaged_original_and_a_lost_row_are_found(home: Home) -> None:
    [sha256] = home.ask("select sha256 from meta.submissions where entity = 'enrolments'")[0]
    (home.settings.originals / sha256[:2] / sha256).write_bytes(b"damaged")
    with open_warehouse(home.settings.warehouse) as con:
        con.execute("delete from raw.medical__enrolments where row_no = 5")
    findings = fsck(home.settings)
    assert [finding for finding in findings if "原件已损坏" in finding]
    assert [finding for finding in findings if "记录接收 30 行，库中为 29 行" in finding]


def test_a_record_whose_rows_do_not_add_up_is_found(home: Home) -> None:
    with open_warehouse(home.settings.warehouse) as con:
        con.execute("update meta.submissions set rows_rejected = rows_rejected + 1 where entity = 'enrolments'")
    assert [finding for finding in fsck(home.settings) if "行数不守恒" in finding]


def test_a_step_waits_for_the_warehouse_and_then_says_that_it_is_busy(home: Home) -> None:
    with (
        hold_warehouse(home.settings.warehouse),
        pytest.raises(WarehouseBusyError, match="正被另一进程使用"),
        open_warehouse(home.settings.warehouse, wait_seconds=0.3),
    ):
        pass


def test_the_longest_area_prefix_in_force_wins(seed: Path) -> None:
    assert policy.value("retention_originals_days", "610099", date(2020, 7, 1)) == 30
    assert policy.value("retention_originals_days", "620000", date(2020, 7, 1)) == 3650
    assert policy.value("retention_outbox_days", "610099", date(2021, 1, 1)) is None


def test_retention_shows_first_and_removes_only_when_told(home: Home, seed: Path) -> None:
    today = date(2020, 9, 1)
    told = keep_house(home.settings, today)
    assert len(told.expired_originals) == 2
    assert told.expired_answers
    assert told.findings == ()
    assert len(home.files("vault/originals")) == 2
    done = keep_house(home.settings, today, dry_run=False)
    assert done.expired_originals == told.expired_originals
    assert home.files("vault/originals") == {}
    assert not [path for path in home.files("outbox") if path.endswith("_回执.xlsx")]
    assert home.ask("select count(*) from raw.medical__enrolments") == [(30,)]
    assert fsck(home.settings) == []


def test_a_backup_restores_the_same_warehouse_and_holds_no_key(home: Home, tmp_path: Path) -> None:
    folder = back_up(home.settings, tmp_path / "backup", date(2020, 7, 3))
    told = json.loads((folder / "backup.json").read_text())
    assert "warehouse.duckdb" in told
    assert not list(folder.rglob("*.key"))
    restored = Home.make(tmp_path / "restored")
    shutil.copytree(home.settings.keys, restored.settings.keys)
    restored.settings.warehouse.write_bytes((folder / "warehouse.duckdb").read_bytes())
    assert restored.contents() == home.contents()


@pytest.mark.parametrize(
    ("file_name", "megabytes", "database"),
    [
        ("610099_202006_医保_全量.csv", 100, "memory"),
        ("610099_202006_医保_全量.CSV", 100, "memory"),
        ("610099_202006_医保_全量.csv", 150, "scratch"),
        ("610099_202006_医保_全量.xlsx", 60, "memory"),
        ("610099_202006_医保_全量.xlsx", 100, "scratch"),
    ],
)
def test_a_large_file_is_staged_on_disk_a_packed_one_earlier(
    home: Home, file_name: str, megabytes: int, database: str
) -> None:
    with scratch(home.settings, "large", weight(file_name, megabytes << 20)) as con:
        assert con.execute("select current_database()").fetchall() == [(database,)]
    assert not list(home.settings.work.glob("landing-*"))
