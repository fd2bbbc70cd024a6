"""The truth tables agree with the files and with themselves."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from datetime import date
from pathlib import Path

import openpyxl

from simulator import simulate
from simulator.corruptions import KINDS
from simulator.corruptions_bulletins import BULLETIN_KINDS
from tests.unit.simulator.conftest import CORRUPT, County

_TITLE_ROWS = 3


def _cells(county: County, file: str, place: str) -> list[str]:
    """The cells of one row as the truth names it."""
    path = county.folder / "ingest" / file
    sheet, _, row = place.rpartition("!")
    if path.suffix == ".csv":
        encoding = "gb18030" if "medical" in file else "utf-8-sig"
        with path.open(encoding=encoding, newline="") as handle:
            return list(csv.reader(handle))[int(row) - 1]
    book = openpyxl.load_workbook(path)
    return [str(cell.value) if cell.value is not None else "" for cell in book[sheet][int(row)]]


def test_a_clean_county_has_no_row_code_and_only_standing_reviews(clean_county: County) -> None:
    assert all(row["row"] == "" for row in clean_county.truth("intake"))
    found = clean_county.truth("mismatches")
    assert {row["rule_id"] for row in found} == {"R028", "R030", "R037", "R044", "R048", "R144"}, (
        "incomes below the line"
    )
    assert {row["detail"] for row in found if row["rule_id"] == "R144"} == {"part_of_household"}
    assert {row["detail"] for row in found if row["rule_id"] == "R048"} == {"npc_below_band"}


def test_every_file_is_named_with_the_sha256_of_its_bytes(corrupted_county: County) -> None:
    listed = {row["file"]: row["sha256"] for row in corrupted_county.truth("files")}
    on_disk = {
        str(path.relative_to(corrupted_county.folder / "ingest")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (corrupted_county.folder / "ingest").rglob("*.*")
    }
    assert listed == on_disk


def test_every_kind_of_corruption_is_applied(corrupted_county: County) -> None:
    wanted = {kind.name for kind in (*KINDS, *BULLETIN_KINDS)}
    assert wanted - set(corrupted_county.report.corruptions) == set()


def test_kinds_have_names_of_their_own() -> None:
    names = [kind.name for kind in (*KINDS, *BULLETIN_KINDS)]
    assert len(set(names)) == len(names)


def test_the_share_of_corrupted_households_is_kept(corrupted_county: County) -> None:
    bulletins = {kind.name for kind in BULLETIN_KINDS}
    households = sum(
        count
        for name, count in corrupted_county.report.corruptions.items()
        if name not in bulletins and name not in ("due_in_wan", "extra_column", "column_missing", "wrong_total")
    )
    assert 0.8 * CORRUPT * 1200 <= households <= CORRUPT * 1200


def test_a_rejected_row_carries_no_warning_and_a_verdict_fits_its_codes(corrupted_county: County) -> None:
    rows: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for line in corrupted_county.truth("intake"):
        if line["row"]:
            rows[line["file"], line["row"]].append((line["verdict"], line["reason_code"]))
    assert rows
    for found in rows.values():
        verdicts = {verdict for verdict, _ in found}
        assert len(verdicts) == 1
        codes = {code for _, code in found}
        if "rejected" in verdicts:
            assert all(code.startswith("R_") for code in codes)
        else:
            assert all(code.startswith("W_") for code in codes)


def test_a_file_with_a_rejected_row_is_accepted_with_errors(corrupted_county: County) -> None:
    lines = corrupted_county.truth("intake")
    with_rejects = {line["file"] for line in lines if line["verdict"] == "rejected"}
    status = {line["file"]: line["verdict"] for line in lines if not line["row"] and not line["reason_code"]}
    assert with_rejects
    assert all((status[file] == "accepted_with_errors") == (file in with_rejects) for file in status)


def test_masked_ids_stand_where_the_truth_says(corrupted_county: County) -> None:
    masked = [line for line in corrupted_county.truth("intake") if line["reason_code"] == "R_ID_MASKED"]
    assert masked
    for line in masked:
        assert any("****" in cell for cell in _cells(corrupted_county, line["file"], line["row"]))


def test_a_linked_row_shows_the_subject_it_is_linked_to(corrupted_county: County) -> None:
    links = [row for row in corrupted_county.truth("links") if row["file"].startswith("medical/enrolments/")]
    with corrupted_county.file("medical/enrolments").open(encoding="gb18030", newline="") as handle:
        rows = list(csv.reader(handle))
    plain = [row for row in links if row["person"] in rows[int(row["row"].split("!")[1]) - 1]]
    assert len(plain) > 0.98 * len(links)


def test_a_person_who_cannot_be_read_is_not_linked(corrupted_county: County) -> None:
    rejected = {
        (line["file"], line["row"])
        for line in corrupted_county.truth("intake")
        if line["verdict"] in ("rejected", "dup")
    }
    linked = {(row["file"], row["row"]) for row in corrupted_county.truth("links")}
    assert rejected
    assert not rejected & linked


def test_every_subject_of_a_mismatch_exists(corrupted_county: County) -> None:
    persons = {row["person"] for row in corrupted_county.truth("links")}
    areas = {row["area"] for row in corrupted_county.truth("indicators")}
    register = openpyxl.load_workbook(corrupted_county.file("registry/persons"))
    ids = {str(c) for sheet in register for row in sheet.iter_rows(values_only=True) for c in row if c}
    households = openpyxl.load_workbook(corrupted_county.file("registry/households"))
    numbers = {
        str(c).split(".")[0] for sheet in households for row in sheet.iter_rows(values_only=True) for c in row if c
    }
    edge = openpyxl.load_workbook(corrupted_county.file("registry/edge_households"))
    numbers |= {str(c) for sheet in edge for row in sheet.iter_rows(values_only=True) for c in row if c}
    for row in corrupted_county.truth("mismatches"):
        subject, kind = row["subject"], row["subject_type"]
        if "!!" in subject:
            assert kind in ("record", "person", "case")
            file, _, place = subject.partition("!!")
            assert any(_cells(corrupted_county, file, place))
        elif kind == "household":
            assert subject in numbers
        elif kind == "person":
            assert subject in persons | ids
        elif kind == "indicator":
            assert subject.split("|")[1] in areas


def test_a_mismatch_is_listed_once(corrupted_county: County) -> None:
    keys = [(r["rule_id"], r["detail"], r["subject_type"], r["subject"]) for r in corrupted_county.truth("mismatches")]
    assert len(set(keys)) == len(keys)


def test_a_doubtful_row_is_linked_to_nobody_and_its_true_person_is_known(corrupted_county: County) -> None:
    doubts = corrupted_county.truth("proposals")
    linked = {(row["file"], row["row"]) for row in corrupted_county.truth("links")}
    sent_back = {
        (row["file"], row["row"]) for row in corrupted_county.truth("intake") if row["verdict"] in ("rejected", "dup")
    }
    places = {(row["file"], row["row"]) for row in doubts}
    assert len(places) == len(doubts)
    assert len({row["damage"] for row in doubts}) >= 15
    assert not places & (linked | sent_back)
    people = {row["person"] for row in corrupted_county.truth("links")}
    assert {row["person"] for row in doubts if "!!" not in row["person"]} <= people | _register_ids(corrupted_county)


def _register_ids(county: County) -> set[str]:
    book = openpyxl.load_workbook(county.file("registry/persons"))
    return {str(c) for sheet in book for row in sheet.iter_rows(values_only=True) for c in row if c}


def test_numbers_of_villages_add_up_to_townships_and_county(corrupted_county: County) -> None:
    for side in ("numerator", "denominator"):
        sums: dict[tuple[str, int], int] = defaultdict(int)
        for row in corrupted_county.truth("indicators"):
            if row[side]:
                sums[row["indicator"], len(row["area"])] += int(row[side])
        for indicator in {name for name, _ in sums}:
            assert sums[indicator, 6] == sums[indicator, 9] == sums[indicator, 12]


def test_cards_cover_every_household_once(corrupted_county: County) -> None:
    county = {r["indicator"]: int(r["numerator"]) for r in corrupted_county.truth("indicators") if len(r["area"]) == 6}
    cards = sum(county[f"card_{colour}"] for colour in ("red", "yellow", "green", "blue", "review"))
    edge = openpyxl.load_workbook(corrupted_county.file("registry/edge_households")).worksheets[0]
    header = [cell.value for cell in edge[_TITLE_ROWS]]
    outside = {
        row[header.index("户编号")]
        for row in edge.iter_rows(min_row=_TITLE_ROWS + 1, values_only=True)
        if str(row[header.index("户编号")] or "").startswith("8")
    }
    assert cards == county["jd_hh"] + len(outside)


def test_a_department_with_nobody_to_list_says_so(tmp_path: Path) -> None:
    simulate(tmp_path, seed=3, households=4, as_of=date(2020, 6, 30), corrupt=0)
    reports = {str(path.relative_to(tmp_path / "ingest")) for path in tmp_path.rglob("*_零报告.csv")}
    with (tmp_path / "truth" / "intake.csv").open(encoding="utf-8", newline="") as handle:
        read = {row["file"]: row["verdict"] for row in csv.DictReader(handle)}
    assert reports
    assert {file for file, verdict in read.items() if verdict == "nil"} == reports
