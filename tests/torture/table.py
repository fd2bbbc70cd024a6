"""What a class of torture counts, and the table of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

COLUMNS = ("tried", "survived", "lost", "duplicated", "torn", "leaked")
BAD = ("lost", "duplicated", "torn", "leaked")
_NOTES = 40


@dataclass
class Count:
    """Counts of one class; ``notes`` say what did not survive, without any value."""

    name: str
    numbers: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    skipped: str = ""
    seconds: float = 0.0
    missing: int = 0
    """Parts that were planned and have not been run."""

    def add(self, what: str, problems: dict[str, int] | None = None, note: str = "") -> None:
        """Count one try; ``problems`` names columns of :data:`BAD`, or ``other`` for a promise without a column."""
        self.numbers["tried"] += 1
        found = {name: count for name, count in (problems or {}).items() if count}
        if not found:
            self.numbers["survived"] += 1
            return
        self.numbers.update({name: count for name, count in found.items() if name in BAD})
        self.notes.append(f"{what}: {found} {note}".strip())

    @property
    def is_good(self) -> bool:
        """Everything that was tried survived, and something was tried or it says why not."""
        tried = self.numbers["tried"]
        return tried == self.numbers["survived"] and not any(self.numbers[name] for name in BAD)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name, "numbers": dict(self.numbers), "notes": self.notes[:_NOTES],
            "skipped": self.skipped, "seconds": round(self.seconds, 1),
        }  # fmt: skip

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Count:
        """The count that :meth:`to_json` was made of."""
        return cls(**{**content, "numbers": Counter(content["numbers"])})

    @classmethod
    def sum(cls, name: str, counts: Sequence[Count]) -> Count:
        """Several parts of one class."""
        return cls(
            name,
            sum((count.numbers for count in counts), Counter()),
            [note for count in counts for note in count.notes],
            "; ".join(sorted({count.skipped for count in counts if count.skipped})),
            sum(count.seconds for count in counts),
        )


def show(counts: Sequence[Count]) -> None:
    """Print the table and what did not survive."""
    table = Table(title="torture", title_justify="left")
    for column in ("class", *COLUMNS, "seconds", ""):
        table.add_column(column)
    for count in [*counts, Count.sum("all", counts)]:
        cells = [str(count.numbers[column]) for column in COLUMNS]
        said = [f"skipped: {count.skipped}"] if count.skipped and count.name != "all" else []
        said += [f"{count.missing} parts not run"] if count.missing else []
        table.add_row(count.name, *cells, f"{count.seconds:.0f}", "; ".join(said))
    console = Console(width=140)
    console.print(table)
    for count in counts:
        for note in count.notes[:20]:
            console.print(f"{count.name}: {note}", markup=False)
