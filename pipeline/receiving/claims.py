"""Claims: how a file is handled once even if the process is killed at any moment.

Data in: a file about to be landed, the answers made for its sender. Data out: notes under ``state/claims/`` and the
answers under their final names in the outbox.
Not here: reading files and writing rows.

The order is: claim → answers in ``state/outgoing/`` → rows and submission in one transaction → answers to the outbox
→ the sender's file removed → claim removed. A rerun finds the claim: if its submission is in the warehouse only the
last steps are left to do, else nothing has happened and the file is taken again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from connectors.faults import fault
from connectors.files import make_folder, place, write_atomically
from connectors.originals import Identity, remove_if_same, side_path
from pipeline.settings import Settings


@dataclass(frozen=True)
class Claim:
    """A file of a drop folder that is being landed as ``submission_id``."""

    submission_id: str
    sector: str
    path: str | None = None
    """Below the home's ``ingest/``; None for a released file, which lies in the vault only."""
    identity: Identity | None = None
    side: Identity | None = None


def write(settings: Settings, claim: Claim) -> None:
    """Note the claim."""
    content = json.dumps(asdict(claim), ensure_ascii=False).encode()
    write_atomically(_claims(settings) / f"{claim.submission_id}.json", content)


def outstanding(settings: Settings) -> Iterator[Claim]:
    """Every claim that a killed process left behind."""
    for note in sorted(_claims(settings).glob("*.json")):
        content = json.loads(note.read_text(encoding="utf-8"))
        yield Claim(
            submission_id=content["submission_id"],
            sector=content["sector"],
            path=content["path"],
            identity=_identity(content["identity"]),
            side=_identity(content["side"]),
        )


def outgoing(settings: Settings, submission_id: str) -> Path:
    """The empty folder in which the answers to one submission are made."""
    folder = settings.state / "outgoing" / submission_id
    if folder.exists():
        shutil.rmtree(folder)
    return make_folder(folder)


def finish(settings: Settings, claim: Claim) -> list[Path]:
    """After the commit: deliver the answers, remove the sender's file, drop the claim."""
    delivered = deliver(settings, claim.submission_id, claim.sector)
    fault("landing_delivered")
    if claim.path is not None and claim.identity is not None:
        source = settings.ingest / claim.path
        remove_if_same(source, claim.identity)
        fault("landing_removed")
        if claim.side is not None:
            remove_if_same(side_path(source), claim.side)
    _drop(settings, claim)
    return delivered


def deliver(settings: Settings, submission_id: str, sector: str) -> list[Path]:
    """Move the answers to the sector's outbox; their names follow from the submission, so never twice."""
    made = settings.state / "outgoing" / submission_id
    delivered = []
    for answer in sorted(made.iterdir()) if made.is_dir() else ():
        if not answer.name.startswith("."):
            final = make_folder(settings.outbox / sector) / answer.name
            place(answer, final)
            delivered.append(final)
            fault("landing_delivering")
    shutil.rmtree(made, ignore_errors=True)
    return delivered


def abandon(settings: Settings, claim: Claim) -> None:
    """Nothing was committed: forget the claim, the file is taken again."""
    shutil.rmtree(settings.state / "outgoing" / claim.submission_id, ignore_errors=True)
    _drop(settings, claim)


def _identity(content: dict[str, int] | None) -> Identity | None:
    return Identity(**content) if content else None


def _drop(settings: Settings, claim: Claim) -> None:
    (_claims(settings) / f"{claim.submission_id}.json").unlink(missing_ok=True)


def _claims(settings: Settings) -> Path:
    return settings.state / "claims"
