"""What officers decide about doubtful identities: events that are only ever added to, replayed every night.

Data in: a decision of a named officer. Data out: rows of ``meta.identity_decisions``; SQL of the decisions that later
facts contradict.
What a decision remembers of a row is the token of its id text and its name: if the sender changes either, the case is a
new one and is raised again. Which decisions are in force on a day is the business of the model
``stg_meta__identity_decisions``, whom of the register they mean by then that of ``int_identity_decisions``; the order
is: officer's decision, then an equal valid id, then nothing.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from connectors.warehouse import Connection
from identity.rosters import PERSON_ROSTERS, ROSTERS


class Kind(StrEnum):
    """What an officer may decide."""

    SAME = "same"
    """The row is about this person or household of the register."""
    DIFFERENT = "different"
    """It is not; not raised again until this expires or the data change."""
    CORRECT_ID = "correct_id"
    """The id of the row should be another one."""
    TWO_PEOPLE = "two_people"
    """Two people bear one id: the row's id does not say whose it is."""
    WITHDRAWN = "withdrawn"
    """An earlier decision about the same two no longer counts."""


WORDS = {
    "同一人": Kind.SAME,
    "不是同一人": Kind.DIFFERENT,
    "号码应为": Kind.CORRECT_ID,
    "两个人": Kind.TWO_PEOPLE,
    "撤销决定": Kind.WITHDRAWN,
}


_Word = tuple[str, date | None]
"""What was said, and until when."""


@dataclass(frozen=True)
class Decision:
    """One event."""

    kind: Kind
    subject_key: str
    subject_name: str
    target_key: str
    feed: str
    officer: str
    reason: str
    decided_on: date
    expires_on: date | None = None
    proposal_id: str | None = None

    @property
    def pair(self) -> tuple[str, str, str]:
        """The row and the register person or household that it speaks of."""
        return self.subject_key, self.subject_name, self.target_key

    def event_id(self, turn: int = 0) -> str:
        """The number of the event; ``turn``: how often the same word was said before and taken back again."""
        parts = (
            self.kind, *self.pair, self.feed, self.officer, self.reason,
            self.decided_on.isoformat(), self.expires_on.isoformat() if self.expires_on else "",
            *([str(turn)] if turn else []),
        )  # fmt: skip
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def append(con: Connection, decisions: Sequence[Decision]) -> int:
    """Add the events that are not there yet, in one transaction; returns how many.

    The same decision of the same officer on the same day is one event, however often it is handed in, unless something
    else was said of the same two in between: then it is an officer's last word and counts.
    """
    said: dict[tuple[str, str, str], list[tuple[str, _Word]]] = {}
    for name, kind, until, *pair in con.execute(
        "select decision_id, kind, expires_on, subject_key, subject_name, target_key from meta.identity_decisions"
        " order by seq"
    ).fetchall():
        said.setdefault((pair[0], pair[1], pair[2]), []).append((name, (kind, until)))
    new = [(name, one) for one in decisions if (name := _new_id(one, said.setdefault(one.pair, []))) is not None]
    if not new:
        return 0
    last = con.execute("select coalesce(max(seq), 0) from meta.identity_decisions").fetchall()[0][0]
    rows = [
        [
            name, last + place, str(one.kind), one.subject_key, one.subject_name, one.target_key, one.feed,
            one.officer, one.reason, one.decided_on, one.expires_on, one.proposal_id,
        ]
        for place, (name, one) in enumerate(new, start=1)
    ]  # fmt: skip
    con.execute("begin")
    con.executemany("insert into meta.identity_decisions values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    con.execute("commit")
    return len(rows)


def _new_id(one: Decision, said: list[tuple[str, _Word]]) -> str | None:
    """The number that the event gets in ``said`` of its two, none where it repeats what has stood since."""
    word: _Word = (str(one.kind), one.expires_on)
    turn, known = 0, {name for name, _ in said}
    while one.event_id(turn) in known:
        turn += 1
    since = itertools.takewhile(lambda event: event[1] == word, reversed(said))
    if turn and one.event_id(turn - 1) in {name for name, _ in since}:
        return None
    said.append((one.event_id(turn), word))
    return said[-1][0]


CONFLICT_COLUMNS = {
    "decision_id": "varchar",
    "problem": "varchar",
    "kind": "varchar",
    "feed": "varchar",
    "target_key": "varchar",
    "subject_name": "varchar",
    "officer": "varchar",
    "decided_on": "date",
}


def conflicts_sql(candidate: str) -> str:
    """Decisions in force that a later exact fact contradicts: they still count, but an officer must look again.

    What the register already said on the day of the decision is no later fact. The warehouse is attached as ``wh``.
    """
    persons = f"{candidate}.intermediate.int_register_persons"
    columns = ", ".join(f"decided.{name}" for name in CONFLICT_COLUMNS if name != "problem")
    return f"""
        with decided as (
            select * from {candidate}.intermediate.int_identity_decisions
        ),
        listed as ({_listed(candidate)}),
        problems as (
            select decision_id, '所判对象已不在册' as problem from decided
            where target_key not in (select person_uid from {persons})
                and target_key not in (select household_key from {candidate}.intermediate.int_register_households)
            union all
            select decision_id, '号码已与另一在册人员相同' from decided
            where is_link and exists (
                select 1 from {persons} as other
                where other.person_key = decided.subject_key and other.person_uid <> decided.target_key
            ) and {_unknown_then("registry__persons", "person_key", "decided.subject_key")}
            union all
            select decided.decision_id, '户主号码已与另一在册户的户主相同' as problem
            from decided
            inner join ({_household_rows(candidate)}) as row
                on decided.feed = row.feed and decided.subject_key = 'R' || row.row_key
            inner join {candidate}.intermediate.int_register_heads as heads on row.head_key = heads.head_key
            where decided.is_link and heads.household_key <> decided.target_key
                and {_unknown_then("registry__households", "head_key", "row.head_key")}
            union all
            select decision_id, '判为不是同一人，号码却与其有效号码相同' from decided
            where kind = 'different' and subject_key = target_key
            union all
            select decision_id, '同一行已有更晚的另一决定' from decided where is_link and preference > 1
            union all
            select decided.decision_id, '所判对象在同一名册中另有号码相同的行' from decided
            inner join listed as row
                on decided.feed = row.feed and decided.target_key = row.person_uid
                and decided.subject_key = row.subject_key and decided.subject_name = coalesce(row.name_norm, '')
            inner join listed as other
                on row.feed = other.feed and row.person_uid = other.person_uid and row.sort = other.sort
            where decided.is_link and row.tier = 'decision' and other.tier = 'person_key'
        )
        select distinct {columns.replace("decided.decision_id", "decided.decision_id, problems.problem")}
        from problems
        inner join decided on problems.decision_id = decided.decision_id
        order by all
        """


def _unknown_then(table: str, column: str, key: str) -> str:
    """The register had not named ``key`` by the day of the decision."""
    return f"""not exists (
                select 1 from wh.raw.{table} as listed
                inner join wh.meta.submissions as delivery on listed.submission_id = delivery.submission_id
                where listed.{column} = {key} and delivery.received_on <= decided.decided_on
            )"""


def _listed(candidate: str) -> str:
    """Rows about the people whom decisions speak of, in the lists in which a person has one row of each sort."""
    return " union all ".join(
        f"select '{roster.feed}' as feed, row.person_uid, row.subject_key, row.name_norm, row.tier,"
        f" {roster.sort} as sort from {candidate}.intermediate.{roster.linked} as row"
        " where row.person_uid in (select target_key from decided where is_link)"
        for roster in PERSON_ROSTERS
        if not roster.holds_many
    )


def _household_rows(candidate: str) -> str:
    return " union all ".join(
        f"select '{roster.feed}' as feed, row_key, head_key from {candidate}.staging.stg_{roster.table}"
        " where head_key is not null"
        for roster in ROSTERS
        if roster.is_of_households
    )
