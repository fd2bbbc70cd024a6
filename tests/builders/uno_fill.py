"""Fills and saves workbooks inside LibreOffice; run by the system's Python, which is the one that has UNO.

Data in (arguments): a JSON file of jobs, a folder for LibreOffice's profile. A job is
``{"open": path, "cells": [[sheet, row, column, text], …], "saves": [[path, filter, options], …]}``, counted from 0;
with ``"asks": [[sheet, row, column], …], "choices": path`` what the drop-downs of these cells offer is written there.
Not here: imports of this project.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import uno  # type: ignore[import-not-found]
from com.sun.star.beans import PropertyValue  # type: ignore[import-not-found]
from com.sun.star.sheet.ValidationType import LIST  # type: ignore[import-not-found]

_TEXT_FORMAT = 256
_TRIES = 240


def _property(name: str, value: object) -> Any:
    found = PropertyValue()
    found.Name, found.Value = name, value
    return found


def _desktop(pipe: str) -> Any:
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(_TRIES):
        try:
            remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)
        except Exception:  # UNO's NoConnectException until the office listens
            time.sleep(0.25)
    raise SystemExit("LibreOffice does not answer")


def _choices(document: Any, cell: Any) -> list[str] | None:
    """What the drop-down of a cell offers, written in the rule or kept on a sheet; None where there is none."""
    check = cell.Validation
    if check.Type != LIST:
        return None
    formula = check.getFormula1()
    if formula.startswith("$"):
        sheet, _, place = formula.removeprefix("$").rpartition(".")
        kept = document.Sheets.getByName(sheet.strip("'")).getCellRangeByName(place.replace("$", ""))
        return [str(value) for row in kept.getDataArray() for value in row if value != ""]
    return [word.strip().strip('"') for word in formula.split(";")]


def _type_in(document: Any, sheet: int, row: int, column: int, text: str) -> None:
    """As a person types: a cell in text format takes text, any other finds out what it is; a drop-down what it offers.

    Raises:
        SystemExit: the text is none of the words of the drop-down.
    """
    cell = document.Sheets.getByIndex(sheet).getCellByPosition(column, row)
    choices = _choices(document, cell)
    if choices is not None and text not in choices:
        raise SystemExit(f"row {row + 1}, column {column + 1}: the drop-down offers {choices}")
    kind = document.NumberFormats.getByKey(cell.NumberFormat).Type
    if kind & _TEXT_FORMAT:
        cell.setString(text)
    else:
        cell.FormulaLocal = text


def _do(desktop: Any, job: dict[str, Any]) -> None:
    hidden = (_property("Hidden", True),)
    document = desktop.loadComponentFromURL(Path(job["open"]).as_uri(), "_blank", 0, hidden)
    for sheet, row, column, text in job["cells"]:
        _type_in(document, sheet, row, column, text)
    if "choices" in job:
        offered = {
            f"{sheet},{row},{column}": _choices(
                document, document.Sheets.getByIndex(sheet).getCellByPosition(column, row)
            )
            for sheet, row, column in job["asks"]
        }
        Path(job["choices"]).write_text(json.dumps(offered, ensure_ascii=False), encoding="utf-8")
    for path, name, options in job["saves"]:
        arguments = [_property("FilterName", name)]
        if options:
            arguments.append(_property("FilterOptions", options))
        document.storeToURL(Path(path).as_uri(), tuple(arguments))
    document.close(True)


def main() -> None:
    """Do every job of the file named first."""
    jobs = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    profile = Path(sys.argv[2])
    pipe = f"onetable{profile.name}"
    office = subprocess.Popen(
        [
            shutil.which("soffice") or "soffice",
            f"-env:UserInstallation={profile.as_uri()}",
            f"--accept=pipe,name={pipe};urp;",
            "--headless",
            "--norestore",
            "--nolockcheck",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        desktop = _desktop(pipe)
        for job in jobs:
            _do(desktop, job)
    finally:
        # The launcher's child is the office itself: both are in the session started above.
        os.killpg(office.pid, signal.SIGKILL)
        office.wait()


if __name__ == "__main__":
    main()
