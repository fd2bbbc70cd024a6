"""Which rows and persons an officer's word counts for, by the number of the case that it names."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from connectors import keyfiles
from connectors.warehouse import Connection, open_warehouse, open_work
from identity import clusters, explain, tokens
from identity.decisions import Decision, Kind, append
from pipeline.decisions.decide import Asked, DecisionError, _decisions
from tests.integration.candidate_builder import a_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = date(2020, 6, 30)
OLD, NEW, OTHER = "610099196503120112", "610099196503120139", "610099196807050221"


class Office:
    """A publication with one proposal, two clusters and one mismatch, and a warehouse that keeps decisions."""

    def __init__(self, folder: Path) -> None:
        self.settings = a_home(folder)
        key = keyfiles.load(self.settings.token_key)
        self.old, self.new, self.other = (tokens.token(key, number) for number in (OLD, NEW, OTHER))
        self.published = open_work()
        self._publish()

    def _publish(self) -> None:
        con = self.published
        con.execute('create schema "full"')
        for table, columns in (("identity_proposals", explain.COLUMNS), ("identity_clusters", clusters.COLUMNS)):
            body = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            con.execute(f'create table "full".{table} ({body})')
        con.execute('create table "full".one_table_person (person_uid varchar, household_key varchar)')
        con.executemany('insert into "full".one_table_person values (?, ?)', [[self.old, "H1"], [self.other, "H2"]])
        con.execute('insert into "full".one_table_person values (?, ?)', [self.new, "H3"])
        con.execute(
            'create table "full".mismatches (mismatch_id varchar, rule_id varchar, detail varchar, evidence varchar,'
            " subject_type varchar, subject_key varchar)"
        )
        con.execute(
            'insert into "full".identity_proposals by name select ? as proposal_id, ? as sector, ? as entity,'
            " ? as register_key, ? as subject_key, ? as subject_name",
            ["PROPOSAL", "medical", "enrolments", self.old, "BAD", "测甲"],
        )
        self._cluster("TWO_IDS", "registry/persons", self.old, self.old, "测甲", "")
        self._cluster("TWO_IDS", "registry/persons", self.new, self.new, "测甲", self.old)
        self._cluster("TWO_NAMES", "registry/persons", self.old, self.old, "测甲", "")
        self._cluster("TWO_NAMES", "medical/enrolments", self.old, self.old, "测乙", self.old)

    def _cluster(self, number: str, feed: str, person: str, subject: str, name: str, targets: str) -> None:
        self.published.execute(
            'insert into "full".identity_clusters by name select ? as cluster_id, ? as feed, ? as person_uid,'
            " ? as subject_key, ? as subject_name, ? as target_keys",
            [number, feed, person, subject, name, targets],
        )

    def say(self, case_id: str, kind: Kind, id_no: str | None = None) -> set[tuple[str, str, str]]:
        """The pairs that the word is about, remembered as a night would find them."""
        with open_warehouse(self.settings.warehouse) as con:
            asked = Asked(case_id, kind, "测经办", "电话核实", id_no=id_no)
            events: list[Decision] = _decisions(self.settings, self.published, con, asked, DAY)
            append(con, events)
        return {(event.subject_key, event.subject_name, event.target_key) for event in events}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office of its own for each test."""
    made = Office(tmp_path)
    yield made
    made.published.close()


def test_a_wrong_number_can_be_taken_back_on_the_same_day(office: Office) -> None:
    said = office.say("PROPOSAL", Kind.CORRECT_ID, OTHER)
    assert said == {("BAD", "测甲", office.other)}
    assert office.say("PROPOSAL", Kind.WITHDRAWN) == said


def test_what_nobody_has_decided_cannot_be_taken_back(office: Office) -> None:
    with pytest.raises(DecisionError, match="没有可以撤销的决定"):
        office.say("PROPOSAL", Kind.WITHDRAWN)


def test_of_one_person_under_two_numbers_either_may_be_the_right_one(office: Office) -> None:
    assert (office.old, "测甲", office.new) in office.say("TWO_IDS", Kind.CORRECT_ID, NEW)
    assert office.say("TWO_IDS", Kind.CORRECT_ID, OLD) == {(office.new, "测甲", office.old)}


def test_a_number_for_the_other_name_under_an_id_moves_nobody_else(office: Office) -> None:
    assert office.say("TWO_NAMES", Kind.CORRECT_ID, OTHER) == {(office.old, "测乙", office.other)}


def test_a_fact_on_which_the_register_differs_is_no_question_of_identity(office: Office) -> None:
    office.published.execute(
        'insert into "full".mismatches values'
        " ('FACT', 'R001', 'registry/persons.ins_basic', 'registry-1#Sheet1!2', 'person', ?)",
        [office.old],
    )
    with open_warehouse(office.settings.warehouse) as con:
        _listed(con, office.old)
    with pytest.raises(DecisionError, match="没有编号"):
        office.say("FACT", Kind.DIFFERENT)


def _listed(con: Connection, person: str) -> None:
    con.execute(
        "insert into meta.submissions (submission_id, sector, entity) values ('registry-1', 'registry', 'persons')"
    )
    con.execute(
        "insert into raw.registry__persons by name select 'registry-1' as submission_id, 'Sheet1' as sheet,"
        " 2 as row_no, 0 as sub_no, ? as id_key, '测甲' as name_norm, 'K' as row_key",
        [person],
    )
