"""What a department may be shown of another source's values in its workbook of issues: the one allow-list.

A department sees its own issues only. What another source says of the subject reaches it through :data:`SHARED`;
whatever is not listed there stays out of its workbook.
Data in: a rule, the detail of a difference, its owner. Data out: which side's value may be shown as whose.
Not here: the lines (pipeline/ledger/lines.py) and the look of the workbook (connectors/outbox).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Sides:
    """Which column of ``mismatches`` may be shown as whose value.

    ``requirement`` tells whether ``expected`` is what a policy asks for (public) rather than what a source holds.
    """

    sector: str | None = None
    register: str | None = None
    requirement: bool = False
    difference: bool = False


_OWN = Sides(sector="actual", requirement=True)
_IDENTITY = Sides(sector="actual", register="expected")
_COPY = Sides(sector="expected", register="actual")
_WITHHELD = Sides(requirement=True)

SHARED: Mapping[tuple[str, str], Sides] = {
    ("R001", "name"): _IDENTITY,
    ("R001", "head_name"): _IDENTITY,
    ("R001", "village"): _IDENTITY,
    ("R001", "hh_no"): _IDENTITY,
    ("R001", "ins_basic"): _COPY,
    ("R001", "dilapidated"): _COPY,
    ("R001", "water_safe"): _COPY,
    ("R002", "*"): Sides(sector="actual", register="expected", difference=True),
    ("R003", "*"): Sides(register="actual", requirement=True),
    ("R006", "name_differs"): _IDENTITY,
    ("R006", "*"): _OWN,
    ("R048", "*"): Sides(register="actual", requirement=True, difference=True),
    ("R081", "*"): _OWN,
    ("R087", "*"): _OWN,
    ("R001", "id_no"): _OWN,
    ("R014", "*"): _OWN,
    ("R102", "*"): Sides(sector="actual", requirement=True, difference=True),
    ("R104", "*"): Sides(sector="actual", requirement=True, difference=True),
    ("R107", "*"): _OWN,
    ("R120", "*"): _OWN,
    ("R125", "*"): _OWN,
    ("R133", "*"): _OWN,
    ("R134", "*"): _OWN,
    ("R144", "*"): _WITHHELD,
    ("R147", "*"): _OWN,
    ("R146", "*"): Sides(sector="actual", register="expected"),
}
"""By rule and the last part of its detail (``*``: every other one): what its owner may be shown.

R001 and R006: departments have to bring identity into line with the register (D1), so they are told what it says.
R144: the income of the other side is withheld; that it lies below the line is the finding itself.
"""

SUBJECT_FIELDS = ("name", "id_masked", "head_name", "hh_no")
"""What the register tells a department so that it finds the subject of its own mismatch."""


def sides_of(rule_id: str, detail: str, sector: str) -> Sides:
    """What may be shown of a mismatch; of an unlisted rule only what its owner itself holds."""
    kind = detail.rpartition(".")[2]
    found = SHARED.get((rule_id, kind)) or SHARED.get((rule_id, "*"))
    if found is not None:
        return found
    return Sides(register="actual") if sector == "registry" else Sides(sector="actual")
