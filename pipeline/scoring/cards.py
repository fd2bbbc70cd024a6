"""Household cards as published, beside those that the simulated county was made with.

Data in: ``truth/cards.csv`` and the attached publication. Data out: how many were compared, how many differ.
Not here: the other parts of the score (score.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from connectors.sql_text import quoted

if TYPE_CHECKING:
    from connectors.warehouse import Connection


def pair_cards(con: Connection, truth_dir: Path) -> None:
    """Make ``card_pairs``: one row per household to which either side gives a card; none without a truth."""
    path = truth_dir / "cards.csv"
    if not path.exists():
        con.execute("create temp table card_pairs (household varchar, expected varchar, found varchar)")
        return
    con.execute(
        f"""
        create temp table card_pairs as
        with expected as (
            select household, card from read_csv({quoted(str(path))}, header = true, all_varchar = true)
        ),

        found as (
            select household_key, card from publication.masked.one_table_household where card is not null
        )

        select
            coalesce(expected.household, found.household_key) as household,
            expected.card as expected,
            found.card as found
        from expected full join found on expected.household = found.household_key
        """
    )


def score_cards(con: Connection) -> dict[str, int]:
    """The counts."""
    row = con.execute(
        "select count(*), count(*) filter (where expected is distinct from found) from card_pairs"
    ).fetchone()
    return dict(zip(("compared", "different"), row or (0, 0), strict=True))
