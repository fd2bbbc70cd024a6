"""Fills in the workbook of doubtful identities as an officer does.

Data in: the workbook from the outbox, what is decided of which case. Data out: a file in the folder of decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import openpyxl

from pipeline.decisions.files import FOLDER

FILLED = "核实.xlsx"


@dataclass(frozen=True)
class Line:
    """What an officer writes beside the first row of a case."""

    case: object
    decision: str
    officer: str = "测核实"
    id_no: str | None = None


def hand_in(home: Path, *lines: Line, title: str = "待核实") -> Path:
    """Fill in the workbook and put it into the folder of decisions; returns where it lies."""
    path = max((home / "outbox" / "registry").glob("*身份核实清单*.xlsx"))
    book = openpyxl.load_workbook(path)
    sheet = book[title]
    header = [cell.value for cell in sheet[1]]
    first = {sheet.cell(row, 1).value: row for row in range(sheet.max_row, 1, -1)}
    for line in lines:
        cells = {"决定": line.decision, "经办人": line.officer, "理由": "电话核实", "正确号码": line.id_no}
        for name, value in cells.items():
            sheet.cell(first[line.case], header.index(name) + 1, value)
    target = home.joinpath("ingest", *FOLDER, FILLED)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    book.save(unfinished)
    unfinished.rename(target)
    return target
