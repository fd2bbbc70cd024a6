"""What the ids of a whole list say about it: too many that end in 000 were cut by a spreadsheet before the export.

Data in: the world after every corruption. Data out: codes of whole files.
Not here: what a single damaged id does (corruptions_identity*.py).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.contract import load_feed
from simulator.tables import Cell, FeedTable
from simulator.world import World

_LENGTH, _CUT = 18, "000"
_FEWEST, _SHARE = 3, 0.05
"""As the file warning is described: at least three, and a twentieth of the ids."""


def conclude_ids(world: World) -> None:
    """Expect the warning about a file wherever spreadsheets have cut enough of its ids."""
    for feed, sent in sorted(world.sent.items()):
        columns = [
            column.name
            for column in load_feed(*feed.split("/")).columns
            if column.type == "id" and column.name in sent.table.columns
        ]
        counts = [_counted(sent.table, column) for column in columns]
        cut = sum(found for found, _ in counts)
        filled = sum(count for _, count in counts) + sent.general_rows * len(columns)
        if cut >= _FEWEST and cut >= _SHARE * filled:
            sent.table.file_codes.append("G_ID_ZEROED")


def _counted(table: FeedTable, column: str) -> tuple[int, int]:
    """How many ids of a column are cut, and how many there are."""
    texts = pc.fill_null(pc.cast(table.columns[column], pa.string()), "")
    sources = table.sources()
    cut = _is_cut(texts).to_numpy(zero_copy_only=False)[sources]
    filled = pc.not_equal(texts, "").to_numpy(zero_copy_only=False)[sources]
    for rid, cell in table.cells.get(column, {}).items():
        cut[rid], filled[rid] = _cell_is_cut(cell), cell != ""
    sent = np.ones(table.rows, dtype=np.bool_)
    sent[sorted(table.gone)] = False
    return int((cut & sent).sum()), int((filled & sent).sum())


def _is_cut(texts: pa.Array) -> pa.Array:
    return pc.and_(pc.equal(pc.utf8_length(texts), _LENGTH), pc.ends_with(texts, _CUT))


def _cell_is_cut(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell) == _LENGTH and cell.endswith(_CUT)
