"""The truth tables: what the reading and the reconciliation must find.

Data in: the constructed facts and findings, and where every followed row was written.
Data out: ``truth/{files,intake,links,mismatches,cards,lists,indicators,cliff,proposals}.csv``.
Not here: rules, and anything the product made of the files.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from simulator.cliff import true_steps
from simulator.facts import GREEN, RED, REVIEW, YELLOW, RecordFinding
from simulator.feed_names import (
    AID,
    APPRAISALS,
    CHRONIC,
    CLAIMS,
    DIBAO_FEED,
    DISABILITY,
    EDUCATION,
    HOUSEHOLD_WATER,
    MEDICAL,
    RETROFITS,
    TEKUN_FEED,
)
from simulator.indicators import Number
from simulator.lists import true_lists
from simulator.sending import Delivery
from simulator.world import World

_CARD_WORDS = {RED: "red", YELLOW: "yellow", GREEN: "green", REVIEW: "review"}
_PERSON_FEEDS = (MEDICAL, EDUCATION, DIBAO_FEED, TEKUN_FEED, DISABILITY, CLAIMS, CHRONIC, AID)
_HOUSEHOLD_FEEDS = (APPRAISALS, RETROFITS, HOUSEHOLD_WATER)


def write_truth(world: World, deliveries: Sequence[Delivery], numbers: Iterable[Number], out: Path) -> dict[str, int]:
    """Write the tables; rows written of each."""
    folder = out / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    by_feed = {d.feed: d for d in deliveries}
    as_of = world.register.as_of.isoformat()
    return {
        "files": _write(folder / "files.csv", ("file", "sha256"), sorted((d.name, d.sha256) for d in deliveries)),
        "intake": _write(folder / "intake.csv", ("file", "row", "verdict", "reason_code"), _intake(world, deliveries)),
        "links": _write_links(folder / "links.csv", world, by_feed),
        "mismatches": _write(
            folder / "mismatches.csv",
            ("rule_id", "detail", "verdict", "subject_type", "subject", "owner", "ambiguous"),
            _mismatches(world, by_feed),
        ),
        "lists": _write(
            folder / "lists.csv", ("list_id", "subject_type", "subject", "flags", "ambiguous"), _lists(world, by_feed)
        ),
        "cards": _write(folder / "cards.csv", ("household", "card"), _cards(world)),
        "indicators": _write(
            folder / "indicators.csv",
            ("indicator", "area", "as_of", "numerator", "denominator"),
            ((n.indicator, n.area, as_of, n.numerator, _or_blank(n.denominator)) for n in numbers),
        ),
        "cliff": _write(
            folder / "cliff.csv",
            ("area", "income_from", "off_hh", "off_lists", "jd_hh", "jd_lists"),
            (
                (step.area, step.income_from, len(step.off), sum(step.off), len(step.register), sum(step.register))
                for step in true_steps(world)
            ),
        ),
        "proposals": _write(folder / "proposals.csv", ("file", "row", "person", "damage"), _proposals(world, by_feed)),
    }


def _cards(world: World) -> Iterable[tuple[str, str]]:
    """The colour of every household in scope: the register's, then the edge households outside it."""
    for household, card in enumerate(world.facts.card):
        yield world.register.households.number(household), _CARD_WORDS[int(card)]
    for home, is_blue in enumerate(world.facts.edge_card_blue):
        yield world.register.edge.number(home), "blue" if is_blue else "review"


def _or_blank(number: int | None) -> int | str:
    return "" if number is None else number


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    part = path.with_name(path.name + ".part")
    count = 0
    with part.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow(row)
            count += 1
    part.rename(path)
    return count


def verdict_of(codes: Sequence[str]) -> str:
    """ok, warn, rejected or dup, from the codes of one row."""
    if any(code.startswith("R_") for code in codes):
        return "rejected"
    if "W_DUP_ROW" in codes:
        return "dup"
    return "warn" if codes else "ok"


def _codes(world: World, delivery: Delivery) -> dict[int, list[str]]:
    """The codes of each row; a text file has no number cells, so nothing is turned into text."""
    codes = world.table(delivery.feed).codes
    if delivery.sheets != ("csv",):
        return codes
    plain = {rid: [code for code in row if code != "W_NUMERIC_TEXT"] for rid, row in codes.items()}
    return {rid: row for rid, row in plain.items() if row}


def _intake(world: World, deliveries: Sequence[Delivery]) -> Iterable[tuple[str, str, str, str]]:
    for delivery in sorted(deliveries, key=lambda d: d.name):
        codes = _codes(world, delivery)
        rejected = any(verdict_of(c) == "rejected" for c in codes.values())
        status = "nil" if delivery.is_nil else "accepted_with_errors" if rejected else "accepted"
        yield delivery.name, "", status, ""
        warnings = set(world.table(delivery.feed).file_codes)
        if len(delivery.sheets) > 1:
            warnings.add("G_MULTI_SHEET")
        for code in sorted(warnings):
            yield delivery.name, "", status, code
        for rid in sorted(codes, key=lambda r: (int(delivery.sheet_of[r]), int(delivery.row_of[r]))):
            for code in sorted(set(codes[rid])):
                yield delivery.name, delivery.place(rid), verdict_of(codes[rid]), code


def _write_links(path: Path, world: World, by_feed: dict[str, Delivery]) -> int:
    part = path.with_name(path.name + ".part")
    rows = 0
    with part.open("wb") as handle:
        handle.write(b"file,row,person\n")
        for feed in sorted((*_PERSON_FEEDS, *_HOUSEHOLD_FEEDS)):
            delivery = by_feed[feed]
            links = world.table(feed).links()
            rids = np.flatnonzero((links >= 0) & (delivery.row_of > 0))
            rids = rids[np.lexsort((delivery.row_of[rids], delivery.sheet_of[rids]))]
            subjects = world.register.people.ids if feed in _PERSON_FEEDS else world.register.households.numbers
            places = pc.binary_join_element_wise(
                pa.array(delivery.sheets, pa.string()).take(pa.array(delivery.sheet_of[rids])),
                pa.array(delivery.row_of[rids]).cast(pa.string()),
                "!",
            )
            table = pa.table(
                {
                    "file": pa.array([delivery.name]).take(pa.array(np.zeros(len(rids), dtype=np.int64))),
                    "row": places,
                    "person": subjects.take(pa.array(links[rids])),
                }
            )
            pa_csv.write_csv(table, handle, pa_csv.WriteOptions(include_header=False, quoting_style="none"))
            rows += len(rids)
    part.rename(path)
    return rows


def _proposals(world: World, by_feed: dict[str, Delivery]) -> list[tuple[str, str, str, str]]:
    """Every accepted row that no id links although it is about somebody of the register."""
    rows = []
    for doubt in world.facts.doubts:
        delivery = by_feed[doubt.feed]
        if isinstance(doubt.subject, str):
            person = doubt.subject
        else:
            feed, rid = doubt.subject
            person = f"{by_feed[feed].name}!!{by_feed[feed].place(rid)}"
        rows.append((delivery.name, delivery.place(doubt.rid), person, doubt.damage))
    return sorted(rows)


def _lists(world: World, by_feed: dict[str, Delivery]) -> list[tuple[str, str, str, str, int]]:
    rows = []
    for place in true_lists(world):
        subject = place.subject
        if not isinstance(subject, str):
            delivery = by_feed[subject[0]]
            subject = f"{delivery.name}!!{delivery.place(subject[1])}"
        rows.append((place.list_id, place.subject_type, subject, place.flags, int(place.ambiguous)))
    return sorted(rows)


def _mismatches(world: World, by_feed: dict[str, Delivery]) -> list[tuple[str, str, str, str, str, str, int]]:
    rows = []
    for finding in world.facts.findings:
        if isinstance(finding, RecordFinding):
            delivery = by_feed[finding.feed]
            subject = f"{delivery.name}!!{delivery.place(finding.rid)}"
        else:
            subject = finding.subject
        rows.append(
            (
                finding.rule,
                finding.detail,
                finding.verdict,
                finding.subject_type,
                subject,
                finding.owner,
                int(finding.ambiguous),
            )
        )
    return sorted(rows)
