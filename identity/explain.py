"""Says in Chinese why a row may be about a person: what agrees, what does not, what is not known, and the sum.

Data in: the tables ``scored``, ``ranking``, ``doubtful`` and ``people_facts`` of one connection, and the model.
Data out: SQL of the proposals as an officer reads them; tokens and masked numbers, no identifier.
Not here: choosing and ranking (identity/matching.py), the workbook (connectors/outbox).
"""

from __future__ import annotations

import math

from identity.model import Field, Model, odds_before
from identity.rosters import HOUSEHOLD_FEEDS

COLUMNS = {
    "proposal_id": "varchar",
    "sector": "varchar",
    "entity": "varchar",
    "rank": "integer",
    "weight": "decimal(8, 2)",
    "certainty": "varchar",
    "subject_type": "varchar",
    "register_key": "varchar",
    "household_key": "varchar",
    "area_code": "varchar",
    "name": "varchar",
    "id_masked": "varchar",
    "register_name": "varchar",
    "register_id_masked": "varchar",
    "agrees": "varchar",
    "disagrees": "varchar",
    "not_known": "varchar",
    "waterfall": "varchar",
    "evidence": "varchar",
    "subject_key": "varchar",
    "subject_name": "varchar",
}
"""The published proposals: ``subject_key`` and ``subject_name`` are what a decision remembers of the row."""


def person_of_sql(left_id: str, scope: str) -> str:
    """Whose key stands behind the feed in ``left_id``: one side of a join by equality, which meets by hash."""
    return f"substr({left_id}, length({scope}) + 2)"


def subject_key_sql(row: str) -> str:
    """What stands for a row's identity on every night: the token of its id text, else its key."""
    return f"coalesce({row}.id_key, 'R' || {row}.row_key)"


def proposals_sql(model: Model, population: int) -> str:
    """One row per proposal."""
    start = _start(model, population)
    words = " ".join(f"when scored.weight >= {least} then '{word}'" for least, word in model.words)
    agrees, disagrees, unknown = (_joined(model, test) for test in ("> 0", "< 0", None))
    steps = " || ".join(f"coalesce({_step(field)}, '')" for field in model.fields)
    feeds = ", ".join(f"'{feed}'" for feed in sorted(HOUSEHOLD_FEEDS))
    household = f"doubtful.scope in ({feeds})"
    register_key = f"case when {household} then person.household_key else person.unique_id end"
    return f"""
        select
            md5(doubtful.scope || '|' || {subject_key_sql("doubtful")} || '|' || coalesce(doubtful.name_norm, '')
                || '|' || {register_key}) as proposal_id,
            split_part(doubtful.scope, '/', 1) as sector,
            split_part(doubtful.scope, '/', 2) as entity,
            ranking.rank,
            scored.weight::decimal(8, 2) as weight,
            case {words} end as certainty,
            case when {household} then 'household' else 'person' end as subject_type,
            {register_key} as register_key,
            person.household_key,
            person.area_code,
            doubtful.shown_name as name,
            doubtful.id_masked,
            person.shown_name as register_name,
            person.id_masked as register_id_masked,
            {agrees} as agrees,
            {disagrees} as disagrees,
            {unknown} as not_known,
            '起点 ' || '{start:+.1f}' || {steps} || ' = ' || {_signed("scored.weight")} as waterfall,
            doubtful.evidence,
            {subject_key_sql("doubtful")} as subject_key,
            doubtful.name_norm as subject_name
        from ranking
        inner join scored on ranking.left_id = scored.left_id and ranking.right_id = scored.right_id
        inner join doubtful on ranking.right_id = doubtful.unique_id
        inner join people_facts as person on {person_of_sql("ranking.left_id", "doubtful.scope")} = person.unique_id
        order by all
        """


def _start(model: Model, population: int) -> float:
    share = odds_before(model, population)
    return math.log2(share / (1 - share))


def _text(field: Field) -> str:
    """``姓名一致``; null where one side does not know."""
    top = len(field.levels) - 1
    branches = " ".join(f"when {top - place} then '{field.zh}{level.zh}'" for place, level in enumerate(field.levels))
    return f"case scored.level_{field.name} {branches} end"


def _joined(model: Model, test: str | None) -> str:
    if test is None:
        parts = [f"case when scored.level_{field.name} = -1 then '{field.zh}' end" for field in model.fields]
    else:
        parts = [f"case when scored.weight_{field.name} {test} then {_text(field)} end" for field in model.fields]
    return f"concat_ws('；', {', '.join(parts)})"


def _step(field: Field) -> str:
    return f"' → ' || {_text(field)} || ' ' || {_signed(f'scored.weight_{field.name}')}"


def _signed(number: str) -> str:
    return f"printf('%+.1f', {number}::double)"
