"""What keeps a staged file out of the warehouse, and what only flags it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors.contract import load_feed
from connectors.contract.layout import staged_columns
from connectors.warehouse import Connection, open_work
from expectations.checks import GateResult
from expectations.gate import check_landing
from tests.integration.candidate_builder import CANARY_ID, CANARY_NAME

pytestmark = pytest.mark.slow
NO_MORE = {"rows_warn": 0, "rows_rejected": 0, "rows_dup": 0}
FEED = load_feed("medical", "enrolments")


@dataclass(frozen=True)
class Guards:
    reject_ratio: float = 0.2
    row_drop: float = 0.7
    min_rows: int = 20


@pytest.fixture
def con() -> Iterator[Connection]:
    connection = open_work()
    yield connection
    connection.close()


def a_staged_file(con: Connection, rows: int = 100, invalid: int = 0, edit: str | None = None) -> None:
    """``rows`` accepted rows whose mandatory columns are filled; the first ``invalid`` ids fail their check digit."""
    columns = ", ".join(f"{column.name} {column.sql_type}" for column in staged_columns(FEED))
    con.execute(f"create or replace table staged ({columns})")
    mandatory = [c.name for c in FEED.columns if c.req == "M" and c.name in {s.name for s in staged_columns(FEED)}]
    names = ["sheet", "row_no", "sub_no", "op", "codes", "id_status", *mandatory]
    values = ["'Sheet1'", "i + 2", "0", "'upsert'", "''", f"case when i < {invalid} then 'invalid' else 'valid' end"]
    values += [f"'{CANARY_ID}'" if name == "id_no" else f"'{name}'" for name in mandatory]
    con.execute(f"insert into staged ({', '.join(names)}) select {', '.join(values)} from range({rows}) as r(i)")
    if edit:
        con.execute(edit)


def the_gate(con: Connection, joined: int = 0, **counts: int) -> GateResult:
    told = {"rows_in": 100, "rows_ok": 100, "rows_warn": 0, "rows_rejected": 0, "rows_dup": 0, "rows_skipped": 3}
    staged = SimpleNamespace(result=SimpleNamespace(counts={**told, **counts}), joined=joined)
    return check_landing(con, FEED, staged, guards=Guards(), previous_rows=120)


def purposes(result: GateResult) -> set[str]:
    return {one.name.split(".")[-1] for one in result.critical_failures}


def test_a_sound_file_passes(con: Connection) -> None:
    a_staged_file(con)
    result = the_gate(con)
    assert result.passed
    assert not result.warnings
    assert con.execute("select count(*) from staged").fetchone() == (100,)


@pytest.mark.parametrize(
    ("edit", "purpose"),
    [
        ("update staged set id_no = null where row_no = 5", "id_no_complete"),
        ("delete from staged where row_no = 5", "rows_staged"),
        ("insert into staged select * from staged where row_no = 5", "row_place"),
        ("alter table staged drop column id_status", "columns"),
    ],
)
def test_staged_rows_that_break_the_contract_are_kept_out(con: Connection, edit: str, purpose: str) -> None:
    a_staged_file(con, edit=edit)
    assert purpose in purposes(the_gate(con))


def test_rows_that_stand_in_the_record_of_another_are_no_records(con: Connection) -> None:
    a_staged_file(con, edit="delete from staged where row_no = 5")
    assert the_gate(con, joined=1).passed
    assert purposes(the_gate(con, joined=2)) == {"rows_staged"}


def test_a_withdrawal_needs_its_keys_only(con: Connection) -> None:
    a_staged_file(con, edit="update staged set op = 'withdraw', ins_year = null where row_no = 5")
    assert the_gate(con).passed


def test_rows_that_the_receipt_does_not_account_for_are_kept_out(con: Connection) -> None:
    a_staged_file(con)
    assert purposes(the_gate(con, rows_in=101)) == {"rows_conserved"}


def test_a_guard_that_intake_let_slip_holds_here(con: Connection) -> None:
    a_staged_file(con, rows=60)
    assert purposes(the_gate(con, rows_in=80, rows_ok=60, rows_rejected=20)) == {"reject_share", "row_drop"}


def test_many_wrong_ids_are_flagged_but_land(con: Connection) -> None:
    a_staged_file(con, invalid=6)
    result = the_gate(con)
    assert result.passed
    assert [one.name for one in result.warnings] == ["staged.medical__enrolments.id_no_valid_share"]


def test_a_gate_that_raises_has_failed_and_quotes_nothing(con: Connection) -> None:
    result = check_landing(con, FEED, SimpleNamespace(result=SimpleNamespace(counts={CANARY_ID: 1}), joined=0))
    assert not result.passed
    assert CANARY_ID not in str(result.to_json())


def test_no_table_to_check_has_failed(con: Connection) -> None:
    assert not the_gate(con).passed


def test_what_the_gate_keeps_of_a_file_names_nobody(con: Connection, tmp_path: Path) -> None:
    a_staged_file(con, edit=f"update staged set id_no = null, name = '{CANARY_NAME}' where row_no < 9")
    staged = SimpleNamespace(
        result=SimpleNamespace(counts=dict.fromkeys(("rows_in", "rows_ok"), 100) | NO_MORE), joined=0
    )
    result = check_landing(con, FEED, staged, record=tmp_path)
    kept = "".join(path.read_text() for path in tmp_path.glob("*.json"))
    assert not result.passed
    assert "id_no_complete" in kept
    assert CANARY_NAME not in kept
    assert CANARY_ID not in kept


def test_getting_ready_is_what_the_first_check_would_wait_for() -> None:
    asked = "import sys, expectations.gate as g; before = 'great_expectations' in sys.modules; g.get_ready();"
    told = "print(before, 'great_expectations' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked + told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
