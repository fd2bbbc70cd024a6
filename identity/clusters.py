"""Duplicates as clusters: rows that are, or claim to be, one person, each row in exactly one cluster.

Data in: a candidate attached to a connection. Data out: the rows of ``marts.identity_clusters``.
Two rows are tied by one of three reasons; whatever hangs together by ties is one cluster, so that an officer reads a
person's case once and not as a list of pairs. The id of a cluster is made of its members only: an unrelated feed or row
changes nothing.
Not here: rule R003, which makes a register person listed twice a mismatch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import pyarrow as pa

from connectors.warehouse import Connection
from identity.names import comparison_sql

REASONS = {
    "same_id": "同一证件号码出现在多行",
    "same_id_other_name": "同一证件号码、不同姓名",
    "same_person_other_id": "同村同名同出生日期、证件号码不同",
}

COLUMNS = {
    "cluster_id": "varchar",
    "evidence": "varchar",
    "size": "integer",
    "reasons": "varchar",
    "households": "integer",
    "name": "varchar",
    "id_masked": "varchar",
    "person_uid": "varchar",
    "hh_no": "varchar",
    "area_code": "varchar",
}


def cluster(con: Connection, candidate: str) -> None:
    """Create the table ``clusters`` over the register's rows."""
    con.execute(
        f"create or replace table cluster_rows as select reg_evidence as evidence, person_uid, person_key, name,"
        f" {comparison_sql('name')} as compared, id_masked, hh_no, area_code, birth_date"
        f" from {candidate}.intermediate.int_register_person_rows"
    )
    ties = con.execute(f"select one, other, reason from ({_ties()}) order by all").fetchall()
    members = components((one, other) for one, other, _ in ties)
    reasons: dict[str, set[str]] = {}
    for one, _, reason in ties:
        reasons.setdefault(members[one], set()).add(reason)
    con.register(
        "cluster_members",
        pa.table(
            {
                "evidence": pa.array(members.keys(), pa.string()),
                "cluster_id": pa.array(members.values(), pa.string()),
                "reasons": pa.array((_words(reasons[name]) for name in members.values()), pa.string()),
            }
        ),
    )
    con.execute(
        "create or replace table clusters as select member.cluster_id, member.evidence,"
        " count(*) over one_cluster::integer as size, member.reasons,"
        " max(households.count) over one_cluster::integer as households, row.name, row.id_masked, row.person_uid,"
        " row.hh_no, row.area_code from cluster_members as member"
        " inner join cluster_rows as row on member.evidence = row.evidence"
        " inner join (select cluster_id, count(distinct hh_no) as count from cluster_members"
        " inner join cluster_rows using (evidence) group by cluster_id) as households"
        " on member.cluster_id = households.cluster_id"
        " window one_cluster as (partition by member.cluster_id) order by all"
    )
    con.unregister("cluster_members")


def _ties() -> str:
    """Each row is tied to the first of its group, which is enough to hold the group together."""
    first = "first_value(evidence) over (partition by {key} order by evidence)"
    return f"""
        select {first.format(key="person_key")} as one, evidence as other,
            case when count(distinct compared) over (partition by person_key) > 1 then 'same_id_other_name'
                else 'same_id' end as reason
        from cluster_rows where person_key is not null
        qualify count(*) over (partition by person_key) > 1
        union all
        select {first.format(key="compared, birth_date, area_code")} as one, evidence as other,
            'same_person_other_id' as reason
        from cluster_rows where compared is not null and birth_date is not null and area_code is not null
        qualify count(distinct person_uid) over (partition by compared, birth_date, area_code) > 1
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
