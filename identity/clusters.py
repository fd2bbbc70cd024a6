"""Duplicates as clusters: rows of the register and of the lists that are, or claim to be, one person.

Data in: a candidate and the warehouse attached to a connection. Data out: the rows of ``marts.identity_clusters``.
Rows are tied by one of four reasons; whatever hangs together by ties is one cluster, so that an officer reads a case
once and not as a list of pairs, and decides on it once. The id of a cluster is made of what its members say, not of the
deliveries they came with: the same rows delivered again, or an unrelated feed, change nothing. A tie that an officer
has decided about is none.
Not here: rule R003, which makes a register person listed twice a mismatch, and doubtful rows (identity/candidates.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import pyarrow as pa

from connectors.warehouse import Connection
from identity.names import comparison_sql
from identity.rosters import PERSON_ROSTERS, Roster

REASONS = {
    "same_id": "同一证件号码在建档立卡中出现多行",
    "same_id_other_name": "同一证件号码、不同姓名",
    "same_person_twice": "同一人在同一名册中出现多行",
    "same_person_other_id": "同村同名同出生日期、证件号码不同",
}

COLUMNS = {
    "cluster_id": "varchar",
    "feed": "varchar",
    "evidence": "varchar",
    "size": "integer",
    "reasons": "varchar",
    "households": "integer",
    "counties": "integer",
    "name": "varchar",
    "id_masked": "varchar",
    "person_uid": "varchar",
    "hh_no": "varchar",
    "area_code": "varchar",
    "subject_key": "varchar",
    "subject_name": "varchar",
    "target_keys": "varchar",
}
"""``target_keys``: the persons whom a decision about this row speaks of; none for the row that others are tied to."""

_COUNTY = 6
_ROSTERS = tuple(roster for roster in PERSON_ROSTERS if not roster.holds_many)
_SAME_ROW = " and ".join(f"row.{name} = raw.{name}" for name in ("submission_id", "sheet", "row_no", "sub_no"))


def cluster(con: Connection, candidate: str) -> None:
    """Create the table ``clusters``."""
    lists = " union all ".join(_list_rows(candidate, roster) for roster in _ROSTERS)
    con.execute(f"create or replace table cluster_plain as {_register_rows(candidate)} union all {lists}")
    con.execute(
        f"create or replace table cluster_rows as select *, {comparison_sql('name')} as compared,"
        " concat_ws('|', feed, row_key, coalesce(person_key, ''), coalesce(name_norm, ''), coalesce(hh_no, ''))"
        " as member from cluster_plain"
    )
    ties = con.execute(f"select one, other, reason, anchor from ({_ties(candidate)}) order by all").fetchall()
    members = components((one, other) for one, other, _, _ in ties)
    reasons: dict[str, set[str]] = {}
    targets: dict[str, set[str]] = {}
    for one, other, reason, anchor in ties:
        reasons.setdefault(members[one], set()).add(reason)
        if one != other:
            targets.setdefault(other, set()).add(anchor)
    con.register(
        "cluster_members",
        pa.table(
            {
                "member": pa.array(members.keys(), pa.string()),
                "cluster_id": pa.array(members.values(), pa.string()),
                "reasons": pa.array((_words(reasons[name]) for name in members.values()), pa.string()),
                "target_keys": pa.array((" ".join(sorted(targets.get(one, ()))) for one in members), pa.string()),
            }
        ),
    )
    con.execute(f"create or replace table clusters as {_clusters()}")
    con.unregister("cluster_members")


def _register_rows(candidate: str) -> str:
    return f"""
        select
            'registry/persons' as feed, row.reg_evidence as evidence, row.row_key, row.person_uid, row.person_key,
            row.person_uid as own_uid, row.name, row.name_norm, row.id_masked, row.hh_no, row.area_code, row.birth_date,
            coalesce(listed.id_key, 'R' || row.row_key) as subject_key, true as is_register, '' as sort
        from {candidate}.intermediate.int_register_person_rows as row
        left join {candidate}.staging.stg_registry__persons as listed
            on row.row_key = listed.row_key
        qualify row_number() over (partition by row.reg_evidence order by listed.id_key nulls last) = 1
        """


def _list_rows(candidate: str, roster: Roster) -> str:
    """The rows of a list that may tie: of another name than their person, of a namesake, or of a person met twice."""
    return f"""
        select
            '{roster.feed}' as feed, row.submission_id || '#' || row.sheet || '!' || row.row_no::varchar as evidence,
            row.row_key,
            coalesce(row.person_uid, raw.person_key, 'R' || row.row_key) as person_uid, raw.person_key,
            row.person_uid as own_uid, row.name, row.name_norm, raw.id_masked, null::varchar as hh_no,
            row.village_code as area_code, try_cast(coalesce(raw.id_birth_date, raw.birth) as date) as birth_date,
            coalesce(raw.id_key, 'R' || row.row_key) as subject_key, false as is_register, row.sort
        from (
            select row.*, {roster.sort} as sort, person.name_norm as register_name,
                count(*) over (partition by row.person_uid, {roster.sort}) as met
            from {candidate}.intermediate.{roster.linked} as row
            left join {candidate}.intermediate.int_register_persons as person on row.person_uid = person.person_uid
            where row.person_uid is not null or row.has_namesake
            qualify row.person_uid is null or row.name_norm <> register_name or met > 1
        ) as row
        inner join wh.raw.{roster.table} as raw on {_SAME_ROW}
        """


def _ties(candidate: str) -> str:
    """Each row is tied to the first of its group, the register's first, which is enough to hold the group together.

    Which row is the first may change from night to night: what an officer said of two persons under two numbers counts
    whichever of them was asked about. Rows of the first one's own person are no question.
    """
    first = "first_value({value}) over (partition by {key} order by is_register desc, member)"

    def tied(key: str, reason: str, condition: str, group: str) -> str:
        return f"""
            select {first.format(value="member", key=key)} as one,
                {first.format(value="person_uid", key=key)} as anchor, member as other, person_uid,
                subject_key, coalesce(name_norm, '') as subject_name, {reason} as reason,
                {first.format(value="subject_key", key=key)} as first_key,
                {first.format(value="coalesce(name_norm, '')", key=key)} as first_name
            from cluster_rows where {condition} qualify {group.format(key=key)}
            """

    same_id = tied(
        "person_key",
        "case when count(distinct compared) over (partition by person_key) > 1 then 'same_id_other_name'"
        " else 'same_id' end",
        "person_key is not null and (is_register or own_uid = person_key)",
        "count(*) over (partition by {key}) > 1 and bool_or(is_register) over (partition by {key})"
        " and (count(*) filter (is_register) over (partition by {key}) > 1"
        " or count(distinct compared) over (partition by {key}) > 1)",
    )
    twice = tied(
        "feed, own_uid, sort",
        "'same_person_twice'",
        "not is_register and own_uid is not null",
        "count(*) over (partition by {key}) > 1",
    )
    other_id = tied(
        "compared, birth_date, area_code",
        "'same_person_other_id'",
        "compared is not null and birth_date is not null and area_code is not null",
        "count(distinct person_uid) over (partition by {key}) > 1 and bool_or(is_register) over (partition by {key})",
    )
    return f"""
        with decided as (
            select distinct subject_key, subject_name, target_key
            from {candidate}.intermediate.int_identity_decisions
        )
        select distinct tie.one, tie.other, tie.reason, tie.anchor
        from ({same_id} union all {twice} union all {other_id}) as tie
        left join decided as said
            on tie.subject_key = said.subject_key and tie.subject_name = said.subject_name
                and tie.anchor = said.target_key
        left join decided as said_of_first
            on tie.reason = 'same_person_other_id' and tie.first_key = said_of_first.subject_key
                and tie.first_name = said_of_first.subject_name and tie.person_uid = said_of_first.target_key
        where tie.one = tie.other or (
            said.target_key is null and said_of_first.target_key is null
            and (tie.reason <> 'same_person_other_id' or tie.person_uid <> tie.anchor)
        )
        """


def _clusters() -> str:
    return f"""
        with listed as (
            select member.cluster_id, member.reasons, member.target_keys, row.*
            from cluster_members as member inner join cluster_rows as row on member.member = row.member
        ),
        whole as (
            select cluster_id, count(*)::integer as size, count(distinct hh_no)::integer as households,
                count(distinct left(area_code, {_COUNTY}))::integer as counties
            from listed group by cluster_id having count(*) > 1
        )
        select listed.cluster_id, listed.feed, listed.evidence, whole.size, listed.reasons, whole.households,
            whole.counties, listed.name, listed.id_masked, listed.person_uid, listed.hh_no, listed.area_code,
            listed.subject_key, coalesce(listed.name_norm, '') as subject_name, listed.target_keys
        from listed inner join whole on listed.cluster_id = whole.cluster_id
        order by all
        """


def components(ties: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Member → id of its cluster, for everything that hangs together by ``ties``."""
    parent: dict[str, str] = {}

    def root(member: str) -> str:
        parent.setdefault(member, member)
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for one, other in ties:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    groups: dict[str, list[str]] = {}
    for member in parent:
        groups.setdefault(root(member), []).append(member)
    ids = {head: hashlib.sha256("\n".join(sorted(group)).encode()).hexdigest()[:16] for head, group in groups.items()}
    return {member: ids[root(member)] for member in sorted(parent)}


def _words(reasons: set[str]) -> str:
    return "；".join(text for code, text in REASONS.items() if code in reasons)
