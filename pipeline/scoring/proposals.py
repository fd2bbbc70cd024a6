"""How well doubtful rows were proposed: whether the true person came first, and how many were named in vain.

Data in: the connection of score.py with the truth, its deliveries, the pairs of links and the publication.
Data out: the part ``proposals`` of the score, and the cases whose true person did not come first.
Not here: the exact links themselves and every other part of the score (score.py).
"""

from __future__ import annotations

from typing import Any

from connectors.warehouse import Connection
from identity.rosters import HOUSEHOLD_FEEDS

_LISTED = 3


def pair_proposals(con: Connection) -> None:
    """Create ``proposal_pairs``: a row per case with the place of its true person; needs ``token()``."""
    households = ", ".join(f"'{feed}'" for feed in sorted(HOUSEHOLD_FEEDS))
    con.execute(
        f"""
        create temp table proposal_cases as
        select
            truth.file, truth.row as place, truth.damage, deliveries.submission_id || '#' || truth.row as evidence,
            case
                when source.file is not null then 'R' || people.row_key
                when split_part(truth.file, '/', 1) || '/' || split_part(truth.file, '/', 2) in ({households})
                    then truth.person
                else token(truth.person)
            end as subject
        from truth_proposals as truth
        left join deliveries on truth.file = deliveries.file
        left join deliveries as source on split_part(truth.person, '!!', 1) = source.file
        left join wh.raw.registry__persons as people
            on source.submission_id = people.submission_id
            and people.sheet || '!' || people.row_no = split_part(truth.person, '!!', 2)
        """
    )
    published = con.execute(
        "select 1 from duckdb_tables() where database_name = 'publication' and table_name = 'identity_proposals'"
    ).fetchall()
    con.execute(
        "create temp table proposals as "
        + (
            "select evidence, rank, register_key, agrees, disagrees from publication.masked.identity_proposals"
            if published
            else "select '' as evidence, 0 as rank, '' as register_key, '' as agrees, '' as disagrees limit 0"
        )
    )
    con.execute(
        """
        create temp table proposal_pairs as
        select
            cases.file, cases.place, cases.damage, cases.subject as expected_key,
            min(proposals.rank) filter (where proposals.register_key = cases.subject) as found_rank,
            count(proposals.rank) as listed
        from proposal_cases as cases
        left join proposals on cases.evidence = proposals.evidence
        group by all
        """
    )


def score_proposals(con: Connection) -> dict[str, Any]:
    """Shares of the cases, in all and by kind of damage, and the exact links they must not disturb."""
    return {
        "exact": _exact(con),
        **_shares(con)[0],
        "elsewhere": _one(
            con, "select count(*) from proposals where evidence not in (select evidence from proposal_cases)"
        ),
        "by_damage": {line.pop("damage"): line for line in _shares(con, by="damage")},
    }


def _exact(con: Connection) -> dict[str, Any]:
    """Rows read, rows linked, links to somebody else, and the share of rows with a sound id that are linked right."""
    rows = _one(
        con,
        "select coalesce(sum(submission.rows_ok + submission.rows_warn), 0)::bigint from deliveries"
        " inner join wh.meta.submissions as submission on deliveries.submission_id = submission.submission_id"
        " where submission.sector <> 'registry'",
    )
    expected, linked, wrong, right = con.execute(
        """
        select
            count(*) filter (expected_key is not null), count(*) filter (found_key is not null),
            count(*) filter (found_key is not null and found_key is distinct from expected_key),
            count(*) filter (expected_key is not null and found_key = expected_key)
        from link_pairs
        """
    ).fetchall()[0]
    return {"rows": rows, "linked": linked, "wrong": wrong, "recall": right / expected if expected else None}


def _shares(con: Connection, by: str | None = None) -> list[dict[str, Any]]:
    group = f"{by}, " if by else ""
    cursor = con.execute(
        f"""
        select
            {group}count(*) as cases,
            count(*) filter (found_rank = 1) as first,
            count(*) filter (found_rank <= {_LISTED}) as in_three,
            round(count(*) filter (found_rank = 1) / nullif(count(*), 0), 4) as first_share,
            round(count(*) filter (found_rank <= {_LISTED}) / nullif(count(*), 0), 4) as in_three_share,
            round(sum(listed) / nullif(count(*), 0), 2) as per_case
        from proposal_pairs {"group by all order by all" if by else ""}
        """
    )
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _one(con: Connection, sql: str) -> int:
    return int(con.execute(sql).fetchall()[0][0])
