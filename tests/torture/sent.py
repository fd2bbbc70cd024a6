"""Files as somebody sends them, each with its stated outcome, read as the landing reads them.

Data in: files made in code (sent_texts.py, sent_books.py, sent_values.py). Data out: per file, whether the outcome is
the stated one and every row of the file is accounted for.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from connectors.intake import Guards
from tests.integration.intake_bench import Read, read
from tests.torture.table import Count

MEDICAL = "medical/enrolments"
PARTS = ("rows_ok", "rows_warn", "rows_rejected", "rows_dup")


@dataclass(frozen=True)
class Sent:
    """One file and what becomes of it."""

    what: str
    body: bytes
    feed: str = MEDICAL
    code: str = ""
    """Refused whole by this code."""
    names: tuple[str, ...] | None = None
    """Of the rows that are there."""
    codes: Mapping[int, set[str]] = field(default_factory=dict)
    """Codes by the row's number, as a spreadsheet shows it."""
    values: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)
    """Column → what its rows hold, in their order."""
    is_either: bool = False
    """Refused by ``code``, or read exactly: nothing between."""
    is_placed: bool = False
    """The refusal says where, by a number, and shows nothing of the file."""


def problems(sent: Sent, found: Read) -> dict[str, int]:
    """What is not as stated."""
    if sent.code and not (sent.is_either and found.status != "refused"):
        said = "".join(found.staged.result.details.values())
        is_told = found.reasons == {sent.code} and found.status == "refused"
        is_placed = not sent.is_placed or bool(re.search(r"第 \d+ 个字节", said))
        return {"other": int(not is_told) + (not is_placed), "leaked": int("测甲" in said)}
    counts = found.counts
    is_even = counts.get("rows_in", -1) == sum(counts.get(part, 0) for part in PARTS)
    names = tuple(name for (name,) in found.values("name")) if is_even else ()
    wanted = sent.names or ()
    has_values = is_even and all(tuple(map(_only, found.values(name))) == each for name, each in sent.values.items())
    codes = {int(place.split("!")[1]): each for place, each in found.codes.items()}
    return {
        "lost": int(not is_even) + len(set(wanted) - set(names)),
        "duplicated": max(0, len(names) - len(wanted)),
        "other": int(found.status not in ("accepted", "accepted_with_errors"))
        + (codes != dict(sent.codes))
        + (not has_values),
    }


def _only(row: tuple[str | None, ...]) -> str | None:
    return row[0]


def read_all(folder: Path, name: str, files: Sequence[Sent], tries: int) -> Count:
    """Read each file; one that stops the reader did not survive."""
    count = Count(name)
    for number, sent in enumerate(files[:tries]):
        place = folder / str(number)
        place.mkdir()
        found = read(place, sent.feed, sent.body, guards=Guards(reject_ratio=Decimal(1)))
        count.add(sent.what, problems(sent, found), f"{found.status} {sorted(found.reasons)} {found.codes}")
        found.con.close()
        shutil.rmtree(place)
    return count


def listed(name: str, files: Callable[[], Sequence[Sent]]) -> Callable[..., Count]:
    """A class that is a list of files."""
    return lambda folder, rng, tries: read_all(folder, name, files(), tries)
