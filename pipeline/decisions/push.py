"""Pushes the poverty office its list of doubtful identities, with columns to decide in.

Data in: a publication's full database. Data out: one workbook in ``outbox/registry/``, none if nothing is doubtful.
It goes to the poverty office alone, which keeps the register; what a department may see of others stays in push.py.
Not here: the look of the workbook (connectors/outbox/identities.py), taking it back (pipeline/decisions/decide.py).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.contract import load_feed
from connectors.outbox.identities import write_workbook
from connectors.outbox.workbook import MAX_ROWS, clean_stem
from connectors.warehouse import Connection, own_tables
from identity.decisions import WORDS
from pipeline.publication.publish import opened

if TYPE_CHECKING:
    from pipeline.settings import Settings

_PROPOSALS = f"""
    select proposal_id, sector || '/' || entity as feed, rank, certainty, weight, name, id_masked, register_name,
        register_id_masked, household_key, agrees, disagrees, not_known, waterfall, evidence
    from "full".identity_proposals
    order by weight desc, evidence, rank, proposal_id limit {MAX_ROWS}
    """
_CLUSTERS = f"""
    select cluster_id, reasons, feed, name, id_masked, hh_no, households, counties, evidence
    from "full".identity_clusters
    order by cluster_id, target_keys <> '', evidence limit {MAX_ROWS}
    """
_CONFLICTS = f"""
    select decision_id, problem, kind, feed, subject_name, officer, decided_on from "full".identity_conflicts
    order by decided_on, decision_id, problem limit {MAX_ROWS}
    """


def push_identities(settings: Settings, full_database: Path, as_of: date) -> int:
    """Write the workbook; returns the number of lines in it. Without any line the last one is taken away."""
    stem = clean_stem(f"{settings.county_name}_身份核实清单_{as_of.isoformat()}.x")
    path = settings.outbox / "registry" / f"{stem}.xlsx"
    with opened(settings, full_database) as con:
        if "identity_status" not in own_tables(con):
            return 0
        proposals, clusters, conflicts = (_lines(con, sql) for sql in (_PROPOSALS, _CLUSTERS, _CONFLICTS))
    names = {str(line[1]) for line in proposals} | {str(line[2]) for line in clusters}
    titles = {name: load_feed(*name.split("/")).title for name in names}
    total = len(proposals) + len(clusters) + len(conflicts)
    if total == 0:
        path.unlink(missing_ok=True)
        return 0
    kinds = {str(kind): word for word, kind in WORDS.items()}
    write_workbook(
        path,
        title=f"{settings.county_name}身份核实清单",
        as_of=as_of,
        words=tuple(WORDS),
        proposals=[(line[0], titles[str(line[1])], *line[2:]) for line in proposals],
        clusters=[(*line[:2], titles[str(line[2])], *line[3:]) for line in clusters],
        conflicts=[(*line[:2], kinds.get(str(line[2]), line[2]), *line[3:]) for line in conflicts],
    )
    return total


def _lines(con: Connection, sql: str) -> list[tuple[object, ...]]:
    return [tuple(line) for line in con.execute(sql).fetchall()]
