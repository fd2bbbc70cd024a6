"""Retention beyond the rows: no store says a name whose time is over, and the proof still holds."""

from __future__ import annotations

import os
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors import encryption
from connectors.outbox.identities import write_answer
from connectors.warehouse import open_warehouse, open_work
from identity.decisions import Decision, Kind, append
from pipeline import audit, policy, records
from pipeline.ledger.events import digest_of_event
from pipeline.ledger.night import LEDGER, opened
from pipeline.ledger.proof import check_ledger
from pipeline.settings import Settings
from pipeline.upkeep import forgetting
from pipeline.upkeep.fsck import fsck
from pipeline.upkeep.housekeeping import Housekeeping, keep_house
from pipeline.upkeep.rebuild import rebuild
from tests.builders.publications import Office, a_finding
from tests.integration.landing_home import Home

FOUND = date(2020, 5, 4)
LATER = FOUND + timedelta(days=1200)
OLD_NAME, NEW_NAME, REASON = "测庚辛", "测庚幸", "看过测庚辛的户口本"
CANARIES = (OLD_NAME, NEW_NAME)


def readable(settings: Settings) -> dict[str, str]:
    """Everything that somebody with all keys can read, by the place where it lies."""
    found: dict[str, str] = {}
    for path in sorted(settings.home.rglob("*")):
        where = str(path.relative_to(settings.home))
        if path.suffix in (".duckdb", ".before") and path.is_file():
            con = open_work()
            key = settings.vault_key if path.parent == settings.vault else None
            encryption.attach(con, path, "store", read_only=True, key_file=key)
            tables = con.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'store' order by all"
            ).fetchall()
            for schema, table in tables:
                found[f"{where} {schema}.{table}"] = str(
                    con.execute(f'select * from store."{schema}"."{table}"').fetchall()
                )
            con.close()
        elif path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                found[where] = "".join(book.read(name).decode(errors="replace") for name in book.namelist())
        elif path.is_file():
            found[where] = path.read_bytes().decode(errors="replace")
    return found | {f"records {name}": str(rows.to_pylist()) for name, rows in records.load(settings).items()}


def showing(settings: Settings) -> list[str]:
    return [where for where, text in readable(settings).items() if any(name in text for name in CANARIES)]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An issue about a person's name that was found, told to the department and cleared; a decision about a row."""
    seed = tmp_path / "policy.csv"
    seed.write_text(
        "param_id,area_prefix,valid_from,valid_to,value\n"
        "retention_rows_days,,2013-01-01,,900\nretention_issue_values_days,,2013-01-01,,900\n"
        "retention_outbox_days,,2013-01-01,,900\n"
    )
    monkeypatch.setattr(policy.value, "__kwdefaults__", {"seed": seed})
    office = Office.make(tmp_path / "home")
    wrong = a_finding(
        7, rule_id="R081", detail="medical/enrolments.name", expected=OLD_NAME, actual=NEW_NAME, value_class="name"
    )
    office.night(FOUND, [wrong, a_finding(1)])
    office.night(FOUND + timedelta(days=1), [a_finding(1)])
    with open_warehouse(office.settings.warehouse) as con:
        append(con, [Decision(Kind.SAME, "k1", OLD_NAME, "k2", "medical/enrolments", "测官", REASON, FOUND)])
    records.keep(office.settings)
    for path in office.settings.published.glob("20*.duckdb"):
        path.unlink()  # stands in for the publications of two nights, of which a home keeps three
    old = office.settings.outbox / "medical" / "610099101_医保问题清单.xlsx"
    write_answer(old, file_name="x", sha256="0" * 64, decided_on=FOUND, said=OLD_NAME)
    os.utime(old, (1.6e9, 1.6e9))
    return office


def retained(office: Office, *, dry_run: bool = False) -> Housekeeping:
    if not dry_run:
        keep_house(office.settings, LATER)
    return keep_house(office.settings, LATER, dry_run=dry_run)


def test_names_of_cleared_issues_and_of_old_decisions_go_from_every_store(office: Office) -> None:
    before = showing(office.settings)
    assert {"warehouse.duckdb ledger.events", "warehouse.duckdb meta.identity_decisions"} < set(before)
    assert {"records ledger.events", "records meta.identity_decisions"} < set(before)
    assert [where for where in before if where.startswith("outbox")]
    shown = retained(office, dry_run=True)
    assert showing(office.settings) == before
    done = retained(office)
    assert (shown.expired_values, shown.expired_answers) == (done.expired_values, done.expired_answers)
    assert done.expired_values > 1
    assert showing(office.settings) == []
    assert audit.show(office.settings)[-1]["event"] == "deletion"
    assert retained(office).expired_values == 0


def test_a_night_removes_only_what_was_shown_for_a_week(office: Office) -> None:
    def night(days: int) -> Housekeeping:
        return keep_house(office.settings, LATER + timedelta(days=days), dry_run=False, notice=7)

    first, sixth = night(0), night(6)
    assert (first.expired_values, first.expired_answers, sixth.expired_values) == (0, (), 0)
    assert first.waiting > 1
    assert "warehouse.duckdb ledger.events" in showing(office.settings)
    assert [event["event"] for event in audit.show(office.settings)].count("deletion") == 0
    eighth = night(7)
    assert (eighth.expired_values + len(eighth.expired_answers), eighth.waiting) == (first.waiting, 0)
    assert showing(office.settings) == []
    assert night(8).expired_values == 0


def test_the_ledger_still_proves_itself_and_counts_what_it_counted(office: Office) -> None:
    states = office.states()
    retained(office)
    assert office.states() == states
    assert list(check_ledger(office.settings)) == []
    assert [finding for finding in fsck(office.settings) if "台账" in finding or "留存" in finding] == []
    office.night(LATER, [a_finding(1), a_finding(7)])
    assert list(check_ledger(office.settings)) == []


@pytest.mark.parametrize(
    "tampering",
    [
        f"update {LEDGER}.events set on_date = on_date + 1 where kind = 'cleared'",
        f"update {LEDGER}.forgotten set content_md5 = md5('x')",
        f"delete from {LEDGER}.forgotten where event_seq = (select min(event_seq) from {LEDGER}.forgotten)",
        f"insert into {LEDGER}.forgotten select 99, event_seq, blank_md5, blank_md5 from {LEDGER}.forgotten limit 1",
        f"update {LEDGER}.events set on_date = on_date + 1"
        f" where event_seq in (select event_seq from {LEDGER}.forgotten);"
        f" update {LEDGER}.forgotten as f set blank_md5 = {digest_of_event('e')} from {LEDGER}.events as e"
        " where e.event_seq = f.event_seq",
    ],
    ids=["an event", "what it was", "a line less", "a line more", "an event and what it is now"],
)
def test_forgetting_is_no_way_to_change_the_ledger(office: Office, tampering: str) -> None:
    retained(office)
    with opened(office.settings, read_only=False) as con:
        con.execute(tampering)
    assert list(check_ledger(office.settings))


def test_a_warehouse_of_before_forgetting_is_checked_before_anybody_writes_to_it(office: Office) -> None:
    with opened(office.settings, read_only=False) as con:
        con.execute(f"drop table {LEDGER}.forgotten")
    assert list(check_ledger(office.settings)) == []
    assert retained(office, dry_run=True).expired_values > 1


def test_what_was_forgotten_does_not_come_back_by_a_rebuild(office: Office) -> None:
    with open_warehouse(office.settings.warehouse) as con:
        con.execute("delete from meta.submissions where sha256 like 'sha of%'")  # the builder's record without a file
    (office.settings.vault / records.FILE).unlink()
    records.keep(office.settings)
    retained(office)
    rebuild(office.settings)
    assert list(check_ledger(office.settings)) == []
    for dry_run in (True, False):
        keep_house(office.settings, date.max - timedelta(days=1), dry_run=dry_run)
    assert [where for where in showing(office.settings) if not where.endswith(".before")] == []


def test_a_head_or_an_account_holder_of_a_kept_row_is_not_forgotten(tmp_path: Path) -> None:
    home = Home.make(tmp_path / "home").with_villages()
    with open_warehouse(home.settings.warehouse) as con:
        con.execute(
            "insert into raw.registry__households by name select 'registry-1' as submission_id, 'h' as head_key"
        )
        con.execute("insert into raw.civil_affairs__dibao by name select 'x' as submission_id, 'a' as account_key")
        assert {"h", "a"} <= forgetting.named_people(con)
