"""What a class of torture counts, and the table of all of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

COLUMNS = ("tried", "survived", "lost", "duplicated", "torn", "leaked")
BAD = ("lost", "duplicated", "torn", "leaked")


@dataclass
class Count:
    """Counts of one class; ``notes`` say what did not survive, without any value."""

    name: str
    numbers: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    skipped: str = ""
    seconds: float = 0.0

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


def show(counts: list[Count]) -> None:
    """Print the table and what did not survive."""
    table = Table(title="torture", title_justify="left")
    for column in ("class", *COLUMNS, "seconds", ""):
        table.add_column(column)
    for count in counts:
        cells = [str(count.numbers[column]) for column in COLUMNS]
        table.add_row(count.name, *cells, f"{count.seconds:.0f}", count.skipped and f"skipped: {count.skipped}")
    console = Console(width=140)
    console.print(table)
    for count in counts:
        for note in count.notes[:20]:
            console.print(f"{count.name}: {note}", markup=False)
