"""The contracts are complete, say everything once, and their words and columns hang together."""

from __future__ import annotations

import csv
import json
import unicodedata
from collections import Counter
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard

import connectors
from connectors.contract import FEED_NAMES, Feed, code_list, code_lists, feeds, indicators, load_feed, reasons

CONTRACTS = Path(connectors.__file__).with_name("contracts")
FILES = sorted(CONTRACTS.rglob("*.odcs.yaml"))
NAMED_FOLDERS = {
    "registry": {"households", "persons", "edge_households", "villages"},
    "medical": {"enrolments", "inpatient_claims", "chronic_visits"},
    "housing": {"appraisals", "retrofits"},
    "education": {"enrolments", "aid_payments"},
    "civil_affairs": {"dibao", "tekun", "disability"},
    "water": {"village_supplies", "household_water"},
}

every_feed = pytest.mark.parametrize("feed", feeds(), ids=lambda feed: feed.name)


def squeezed(header: str) -> str:
    return "".join(unicodedata.normalize("NFKC", header).split()).casefold()


def test_every_folder_has_its_feed() -> None:
    wanted = {f"{s}/{e}" for s, own in NAMED_FOLDERS.items() for e in own | {"department_totals", "replies"}}
    assert set(FEED_NAMES) == wanted
    assert [feed.name for feed in feeds()] == list(FEED_NAMES)


def test_the_clerks_guide_names_every_folder_and_its_list() -> None:
    guide = CONTRACTS.parents[1].joinpath("README.zh-CN.md").read_text(encoding="utf-8")
    rows = [line for line in guide.splitlines() if "ingest/" in line]
    for feed in feeds():
        is_shared = feed.entity in {"department_totals", "replies"}
        folder, title = ("<行业>", feed.title.removeprefix(feed.department)) if is_shared else (feed.sector, feed.title)
        row = next((row for row in rows if f"`ingest/{folder}/" in row and f"{feed.entity}`" in row), "")
        assert title in row, feed.name


def test_an_unknown_folder_has_no_feed() -> None:
    with pytest.raises(KeyError, match="water/dibao"):
        load_feed("water", "dibao")


def test_villages_are_read_before_anything_that_names_a_village() -> None:
    assert FEED_NAMES[0] == "registry/villages"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_each_contract_file_is_valid_in_the_open_standard(path: Path) -> None:
    parsed = OpenDataContractStandard.from_file(str(path))
    assert parsed.kind == "DataContract"
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    schema = json.loads(resources.files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8"))
    faults = jsonschema.validators.validator_for(schema)(schema).iter_errors(written)
    assert [fault.message for fault in faults] == []


@every_feed
def test_a_header_leads_to_one_column_only(feed: Feed) -> None:
    heads = Counter(squeezed(h) for c in feed.columns for h in (c.header, *c.aliases, *c.inverse))
    assert [head for head, count in heads.items() if count > 1] == []


@every_feed
def test_physical_columns_are_unique(feed: Feed) -> None:
    for columns in (feed.raw_columns(), feed.staged_columns()):
        assert [name for name, count in Counter(c.name for c in columns).items() if count > 1] == []


@every_feed
def test_no_clear_identifier_and_no_address_reaches_the_warehouse(feed: Feed) -> None:
    stored = {column.name for column in feed.raw_columns()}
    vaulted = {column.name for column in feed.columns if column.vaulted}
    assert stored.isdisjoint(vaulted | {"address"})
    assert {column.name for column in feed.columns if column.type == "id"} <= vaulted


@every_feed
def test_the_key_is_made_of_columns_of_the_file(feed: Feed) -> None:
    staged = {column.name for column in feed.staged_columns()}
    for parts in feed.key:
        assert set(parts) <= staged
        assert set(parts) - set(feed.key_defaults), "a key must hold a part that is always filled"
    assert set(feed.key_defaults) <= {part for parts in feed.key for part in parts}


@every_feed
def test_everything_a_feed_names_exists(feed: Feed) -> None:
    names = {column.name for column in feed.columns}
    assert {name for check in feed.checks for name in check.columns} <= names
    assert {check.code for check in feed.checks} <= set(reasons())
    assert {derivation.column for derivation in feed.derivations} <= names
    assert set(feed.wide) <= names
    assert {name for group in feed.wide_groups for name in group} <= names
    if feed.group_values:
        assert set(feed.group_values.columns) <= names


@every_feed
def test_each_column_is_explained_and_typed(feed: Feed) -> None:
    for column in feed.columns:
        assert column.description, column.name
        assert (column.codes is not None) == (column.type == "code"), column.name
        assert (column.when is not None) == (column.req == "X") or column.from_period, column.name
        if column.low is not None and column.high is not None:
            assert column.low < column.high, column.name


@every_feed
def test_each_example_is_a_word_that_the_column_takes(feed: Feed) -> None:
    for column in feed.columns:
        assert column.example or column.name in {"note", "numerator", "denominator"}, column.name
        if column.codes is not None:
            words = {squeezed(w) for code in column.codes.codes for w in (code.code, code.word, *code.aliases)}
            assert squeezed(column.example) in words, column.name


@every_feed
def test_a_one_of_group_offers_a_choice(feed: Feed) -> None:
    groups = Counter(column.one_of for column in feed.columns if column.one_of)
    assert all(count > 1 for count in groups.values())


@pytest.mark.parametrize("name", sorted(code_lists()))
def test_a_word_means_one_code_only(name: str) -> None:
    words = Counter(
        squeezed(word) for code in code_list(name).codes for word in {squeezed(w) for w in (code.word, *code.aliases)}
    )
    assert [word for word, count in words.items() if count > 1] == []


def test_a_shared_group_is_declared_once_and_only_its_mark_differs() -> None:
    strict, loose = load_feed("civil_affairs", "dibao"), load_feed("medical", "enrolments")
    assert strict.column("village").aliases == loose.column("village").aliases
    assert (strict.column("village").req, loose.column("village").req) == ("C", "O+")
    assert (strict.area, loose.area) == ("mandatory", "optional")
    assert load_feed("registry", "households").area == "required"
    assert load_feed("registry", "persons").area == "accepted"


def test_the_household_may_be_named_by_number_or_by_its_head() -> None:
    appraisals, households = load_feed("housing", "appraisals"), load_feed("registry", "households")
    assert {c.name for c in appraisals.columns if c.one_of == "household"} == {"hh_no", "head_id_no"}
    assert households.column("head_id_no").one_of is None


def test_the_yes_no_column_of_register_membership_reads_as_a_class() -> None:
    codes = load_feed("medical", "enrolments").column("person_class").codes
    assert codes is not None
    found = {word: code.code for code in codes.codes for word in (code.word, *code.aliases)}
    assert (found["是"], found["否"], found["特困"]) == ("jd", "normal", "tekun")


def test_a_household_supply_mode_may_be_told_by_the_kind_of_works() -> None:
    found = {word: code.code for code in code_list("CL-WMODE").codes for word in (code.word, *code.aliases)}
    assert (found["山泉水"], found["千人供水工程"], found["自来水"]) == ("dispersed", "central", "central")


def test_a_bare_exit_status_keeps_a_warning() -> None:
    warned = {code.code: code.warns for code in code_list("CL-STATUS").codes if code.warns}
    assert warned == {"out_unknown": "W_UNKNOWN_WORD"}


def test_a_folder_takes_only_the_indicators_of_its_own_sector() -> None:
    codes = load_feed("water", "department_totals").column("indicator").codes
    assert codes is not None
    assert {code.code for code in codes.codes} == {"water_safe_rate", "tap_rate", "water_open_hh"}
    assert {item.sector for item in indicators()} == set(NAMED_FOLDERS)


def test_every_reason_tells_the_clerk_how_to_mend_it() -> None:
    for code, reason in reasons().items():
        assert reason.zh, code
        assert reason.en, code
        assert reason.mend_zh.endswith("。"), code
    assert {reason.severity for reason in reasons().values()} == {"file", "held", "notice", "row", "warning"}


def test_the_word_sent_is_kept_where_one_code_covers_several() -> None:
    raw = {column.name for column in load_feed("registry", "persons").raw_columns()}
    assert "relation_word" in raw
    assert "health_word" not in raw


def test_the_words_shown_beside_codes_are_words_of_the_lists() -> None:
    seed = CONTRACTS.parents[1] / "dbt_project" / "seeds" / "code_words.csv"
    with seed.open(encoding="utf-8", newline="") as lines:
        shown = [row for row in csv.DictReader(lines) if row["code_list"] in code_lists()]
    assert shown
    known = {
        (name, code.code, squeezed(word))
        for name, codes in code_lists().items()
        for code in codes.codes
        for word in (code.word, *code.aliases)
    }
    assert {(row["code_list"], row["code"], squeezed(row["word"])) for row in shown} <= known
