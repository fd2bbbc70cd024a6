"""Proof that the ledger says what it said: the hash chain of its batches, and past nights computed again.

Data in: the ledger. Data out: findings in Chinese, none if all is well.
Nights before values were forgotten are left to the chain. Not here: the other stores (pipeline/upkeep/fsck.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.ledger import state
from pipeline.ledger.events import broken_links
from pipeline.ledger.forget import last_batch
from pipeline.ledger.night import LEDGER, opened, state_after

if TYPE_CHECKING:
    from pipeline.settings import Settings

_NIGHTS = 3
"""So many of the last nights are computed again by default."""


def check_ledger(settings: Settings, nights: int = _NIGHTS) -> Iterator[str]:
    """Tell every batch that is not what was sealed, and every night that no longer computes to what was published."""
    with opened(settings) as con:
        yield from (f"问题台账第 {seq} 批与其校验链不符" for seq in broken_links(con, LEDGER))
        told = con.execute(
            f"select batch_seq, state_sha256 from {LEDGER}.batches where kind = 'night' and batch_seq > ?"
            " order by batch_seq desc limit ?",
            [last_batch(con, LEDGER), nights],
        ).fetchall()
        for seq, sha256 in told:
            state_after(con, cut=seq)
            if state.state_sha256(con) != sha256:
                yield f"问题台账第 {seq} 批重新计算的结果与当晚不符"
