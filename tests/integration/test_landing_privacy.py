"""Identifiers become tokens at landing; only the identity vault can turn them back, and only with its key."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from connectors.keyfiles import load, load_or_create
from connectors.warehouse import open_work
from identity import tokens, vault
from tests.integration.landing_home import Home, enrolments, id_no

FEED = "medical/enrolments"
CANARY_PHONE = "13800000000"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home.make(tmp_path / "home").with_villages()
    made.drop(FEED, "610099_202006_医保_全量.csv", enrolments(30, masked=1, note=f"邻居{id_no(77)}代领"))
    made.ingest()
    return made


@pytest.mark.parametrize("text", ["610099196503120112", "61009919791130103X", "测甲一", "", "a" * 1000])
def test_tokens_in_sql_equal_pythons_hmac(text: str) -> None:
    key = bytes(range(32))
    con = open_work()
    tokens.install(con, key)
    assert con.execute("select token(?)", [text]).fetchall() == [(tokens.token(key, text),)]
    assert con.execute("select token(null)").fetchall() == [(None,)]
    con.close()


def test_rows_carry_the_token_of_the_id_and_not_the_id(home: Home) -> None:
    key = load(home.settings.token_key)
    found = home.ask("select person_key, id_key, id_masked, id_status from raw.medical__enrolments order by row_no")
    assert len(found) == 30
    for number, (person_key, id_key, masked, status) in enumerate(found):
        wanted = tokens.token(key, id_no(number))
        assert (person_key, id_key, status) == (wanted, wanted, "valid")
        assert masked == "*" * 14 + id_no(number)[-4:]


def test_no_identifier_is_in_the_bytes_of_the_warehouse_the_vault_or_the_state(home: Home) -> None:
    canaries = [id_no(number).encode() for number in (*range(30), 77)] + [CANARY_PHONE.encode()]
    places = {"warehouse.duckdb": home.settings.warehouse.read_bytes()}
    places["identity.duckdb"] = home.settings.vault_db.read_bytes()
    places |= home.files("state") | home.files("work") | home.files("logs")
    for place, content in places.items():
        assert [canary for canary in canaries if canary in content] == [], place


def test_no_column_of_the_warehouse_holds_an_identifier(home: Home) -> None:
    shape, token = f"[0-9]{{17}}[0-9X]|{CANARY_PHONE}", r"\b[0-9a-f]{32}\b"  # one token in 800 has 18 digits in a row
    tables = home.ask(
        "select schema_name || '.' || table_name, list(column_name) from duckdb_columns() "
        "where schema_name in ('raw', 'meta') and data_type = 'VARCHAR' "
        "and column_name not in ('sha256', 'submission_id') group by all"
    )
    assert {"raw.medical__enrolments", "meta.submissions", "meta.row_codes"} <= {table for table, _ in tables}
    for table, columns in tables:
        without = [f"regexp_replace(\"{column}\", '{token}', '', 'g')" for column in columns]
        hits = ", ".join(f"count(*) filter (where regexp_matches({text}, '{shape}'))" for text in without)
        [found] = home.ask(f"select {hits} from {table}")
        assert not any(found), (table, dict(zip(columns, found, strict=True)))


def test_no_identifier_is_in_the_log_of_a_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home.make(tmp_path / "home")

    def broken(*_: object, **__: object) -> object:
        raise ValueError(f"cannot cast {id_no(5)}")

    monkeypatch.setattr("pipeline.receiving.landing.read_file", broken)
    home.drop(FEED, f"{id_no(5)}.csv", enrolments(1))
    with caplog.at_level(logging.DEBUG):
        [landed] = home.ingest()
    assert landed.status == "failed"
    assert "ValueError" in caplog.text
    assert id_no(5) not in caplog.text + str(landed.to_json())


def test_the_vault_gives_the_id_back_with_its_key_only(home: Home, tmp_path: Path) -> None:
    con = open_work()
    with vault.attached(con, home.settings.vault_db, home.settings.vault_key, read_only=True) as name:
        found = con.execute(f"select count(*), min(id_no) from {name}.ids").fetchall()
    assert found == [(30, min(id_no(number) for number in range(30)))]
    other_key = tmp_path / "other.key"
    load_or_create(other_key)
    with pytest.raises(vault.VaultUnusableError):
        vault.attach(con, home.settings.vault_db, other_key, read_only=True)
    con.close()


def test_remembering_the_same_people_again_adds_nothing(home: Home) -> None:
    twice = enrolments(1, first=30).splitlines()[1].replace(",2020,代缴", ",2021,代缴")
    home.drop(FEED, "610099_202007_医保_全量.csv", f"{enrolments(31)}{twice}\n")
    [landed] = home.ingest()
    assert (landed.counts["rows_in"], landed.counts["rows_rejected"]) == (32, 0)
    con = open_work()
    with vault.attached(con, home.settings.vault_db, home.settings.vault_key, read_only=True) as name:
        found = con.execute(f"select count(*), count(distinct person_key) from {name}.ids").fetchall()
    con.close()
    assert found == [(31, 31)]


def test_keys_are_made_once_and_readable_by_their_owner_only(home: Home) -> None:
    for key in (home.settings.token_key, home.settings.vault_key):
        assert key.stat().st_mode & 0o777 == 0o600
        assert load_or_create(key) == load(key)
    assert load(home.settings.token_key) != load(home.settings.vault_key)
