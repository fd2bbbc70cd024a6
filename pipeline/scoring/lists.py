"""Who stands on each list as published, beside whom the simulated county put there.

Data in: ``truth/lists.csv`` and ``work_lists`` of the attached publication. Data out: how many places were compared,
how many differ, and both counts per list. A list that must name the failing conditions differs if it names others.
Not here: cards, which are lists too (score_cards.py), and the other parts of the score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.sql_text import quoted
from pipeline.scoring.subjects import SUBJECT_KEY, SUBJECT_SOURCE

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.warehouse import Connection


def pair_lists(con: Connection, truth_dir: Path) -> None:
    """Make ``list_pairs``: one row per list and subject that either side names; none without a truth."""
    path = truth_dir / "lists.csv"
    if not path.exists():
        con.execute(
            "create temp table list_pairs (list_id varchar, subject_type varchar, subject_key varchar,"
            " is_expected boolean, is_found boolean, flags varchar, reason varchar, is_different boolean)"
        )
        return
    con.execute(
        f"""
        create temp table list_pairs as
        with truth as (
            select * from read_csv({quoted(str(path))}, header = true, all_varchar = true, nullstr = '')
        ),

        expected as (
            select truth.list_id, truth.subject_type, {SUBJECT_KEY} as subject_key, truth.flags,
                truth.ambiguous = '1' as is_ambiguous
            from truth {SUBJECT_SOURCE}
        ),

        found as (
            select list_id, subject_type, subject_key, reason
            from publication.masked.work_lists where not starts_with(list_id, 'card_')
        )

        select
            coalesce(expected.list_id, found.list_id) as list_id,
            coalesce(expected.subject_type, found.subject_type) as subject_type,
            coalesce(expected.subject_key, found.subject_key) as subject_key,
            expected.list_id is not null as is_expected,
            found.list_id is not null as is_found,
            expected.flags,
            found.reason,
            not coalesce(expected.is_ambiguous, false)
            and (not is_expected or not is_found or not ends_with(found.reason, coalesce(expected.flags, '')))
                as is_different
        from expected
        full join found
            on expected.list_id = found.list_id
            and expected.subject_type = found.subject_type
            and expected.subject_key = found.subject_key
        """
    )


def score_lists(con: Connection) -> dict[str, Any]:
    """The counts, in all and for each list."""
    rows = con.execute(
        "select list_id, count(*) filter (where is_expected), count(*) filter (where is_found),"
        " count(*) filter (where is_different) from list_pairs group by list_id order by list_id"
    ).fetchall()
    return {
        "compared": sum(max(expected, found) for _, expected, found, _ in rows),
        "different": sum(different for *_, different in rows),
        "by_list": {name: {"expected": expected, "found": found} for name, expected, found, _ in rows},
    }
