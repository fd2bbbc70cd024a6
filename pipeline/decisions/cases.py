"""What a case number of an officer stands for: rows and the register persons or households they may be about.

Data in: the number of a proposal, a cluster, a mismatch of identity or an earlier decision. Data out: :class:`Case`
values, tokens only. Not here: taking the decision (pipeline/decisions/decide.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.warehouse import Connection
from identity.explain import subject_key_sql
from identity.rosters import HOUSEHOLD_FEEDS


@dataclass(frozen=True)
class Case:
    """A row as a decision remembers it, and whom it may be about."""

    subject_key: str
    subject_name: str
    target_key: str
    feed: str

    @property
    def is_of_household(self) -> bool:
        """The row is about a household, not a person."""
        return self.feed in HOUSEHOLD_FEEDS


def find(published: Connection, warehouse: Connection, case_id: str) -> list[Case]:
    """The rows that a number speaks of; none if it is unknown."""
    return (
        _proposal(published, case_id)
        or _cluster(published, case_id)
        or _mismatch(published, warehouse, case_id)
        or decided(warehouse, case_id)
    )


def _cases(found: Sequence[dict[str, Any]]) -> list[Case]:
    return [Case(row["subject_key"], row["subject_name"] or "", row["target_key"], row["feed"]) for row in found]


def _proposal(published: Connection, case_id: str) -> list[Case]:
    return _cases(
        _rows(
            published,
            "select subject_key, subject_name, register_key as target_key, sector || '/' || entity as feed"
            ' from "full".identity_proposals where proposal_id = ?',
            [case_id],
        )
    )


def _cluster(published: Connection, case_id: str) -> list[Case]:
    """Every row of the cluster with every person it is tied to: one decision settles the whole cluster."""
    return _cases(
        _rows(
            published,
            "select distinct subject_key, subject_name, unnest(string_split(target_keys, ' ')) as target_key, feed"
            " from \"full\".identity_clusters where cluster_id = ? and target_keys <> '' order by all",
            [case_id],
        )
    )


def _mismatch(published: Connection, warehouse: Connection, case_id: str) -> list[Case]:
    """The row and the register person or household that a mismatch of identity speaks of; of a fact, none."""
    found = _rows(
        published,
        'select evidence, subject_type, subject_key from "full".mismatches where mismatch_id = ?'
        " and subject_type in ('person', 'household') and rule_id in ('R001', 'R006') and evidence is not null"
        " and not starts_with(detail, 'registry/')",
        [case_id],
    )
    if not found:
        return []
    submission, _, place = found[0]["evidence"].partition("#")
    sheet, _, row_no = place.rpartition("!")
    delivery = _rows(warehouse, "select sector, entity from meta.submissions where submission_id = ?", [submission])
    if not delivery:
        return []
    sector, entity = delivery[0]["sector"], delivery[0]["entity"]
    is_of_household = f"{sector}/{entity}" in HOUSEHOLD_FEEDS
    if is_of_household != (found[0]["subject_type"] == "household"):
        return []
    key, name = ("'R' || row_key", "head_name_norm") if is_of_household else (subject_key_sql("listed"), "name_norm")
    rows = _rows(
        warehouse,
        f"select {key} as subject_key, coalesce({name}, '') as subject_name"
        f" from raw.{sector}__{entity} as listed"
        " where submission_id = ? and sheet = ? and row_no = ? order by sub_no limit 1",
        [submission, sheet, int(row_no)],
    )
    return _cases([{**row, "target_key": found[0]["subject_key"], "feed": f"{sector}/{entity}"} for row in rows])


def first_rows(published: Connection, case_id: str, person_uid: str) -> list[Case]:
    """The rows to which others of a cluster are tied, if the cluster's right number is that of one of the others."""
    return _cases(
        _rows(
            published,
            "select distinct subject_key, subject_name, $2 as target_key, feed"
            ' from "full".identity_clusters as first'
            " where cluster_id = $1 and target_keys = '' and person_uid <> $2 and exists ("
            ' select 1 from "full".identity_clusters as other'
            " where other.cluster_id = first.cluster_id and other.person_uid = $2) order by all",
            [case_id, person_uid],
        )
    )


def was_decided(warehouse: Connection, case: Case) -> bool:
    """Whether anybody has said anything about the two."""
    return bool(
        _rows(
            warehouse,
            "select 1 as one from meta.identity_decisions"
            " where subject_key = ? and subject_name = ? and target_key = ? limit 1",
            [case.subject_key, case.subject_name, case.target_key],
        )
    )


def decided(warehouse: Connection, case_id: str) -> list[Case]:
    """What an earlier decision was about: it may be withdrawn or replaced long after its case has left the lists."""
    return _cases(
        _rows(
            warehouse,
            "select distinct subject_key, subject_name, target_key, feed from meta.identity_decisions"
            " where decision_id = $1 or proposal_id = $1 order by all",
            [case_id],
        )
    )


def _rows(con: Connection, sql: str, parameters: Sequence[object]) -> list[dict[str, Any]]:
    result = con.execute(sql, list(parameters))
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
