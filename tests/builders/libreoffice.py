"""LibreOffice for tests: workbooks filled in and saved as a clerk's program saves them, pages drawn as pictures.

Data in: jobs of :mod:`tests.builders.uno_fill`. Data out: the saved files.
Not here: judging what was saved.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_SYSTEM_PYTHON = "/usr/bin/python3"
_SECONDS = 240
FILTERS = {
    "xlsx": ("Calc MS Excel 2007 XML", ""),
    "xls": ("MS Excel 97", ""),
    "csv": ("Text - txt - csv (StarCalc)", "44,34,76,1,,0,false,true,false"),
}
"""How each format is saved; csv in UTF-8, cells as they are shown."""


def missing() -> str:
    """Why LibreOffice cannot be used here; nothing if it can."""
    if shutil.which("soffice") is None:
        return "LibreOffice (libreoffice-calc) is not installed"
    if not Path(_SYSTEM_PYTHON).exists():
        return "the system has no Python for UNO"
    found = subprocess.run([_SYSTEM_PYTHON, "-c", "import uno"], check=False, capture_output=True)
    return "" if found.returncode == 0 else "python3-uno is not installed"


def fill_and_save(jobs: Sequence[dict[str, Any]], folder: Path) -> None:
    """Do the jobs in one LibreOffice with a profile of its own below ``folder``."""
    order = folder / "jobs.json"
    order.write_text(json.dumps(list(jobs), ensure_ascii=False), encoding="utf-8")
    script = Path(__file__).with_name("uno_fill.py")
    profile = folder / f"profile{abs(hash(str(folder))) % 10**8}"
    subprocess.run(
        [_SYSTEM_PYTHON, str(script), str(order), str(profile)],
        check=True,
        capture_output=True,
        timeout=_SECONDS,
    )


def saves(stem: Path) -> list[list[str]]:
    """Saving under ``<stem>.xlsx``, ``.xls`` and ``.csv``."""
    return [[f"{stem}.{ending}", *how] for ending, how in FILTERS.items()]


def draw(workbook: Path, folder: Path, *, dots: int = 70) -> list[Path]:
    """The printed pages of a workbook as PNG files."""
    profile = folder / ".profile"
    subprocess.run(
        [
            "soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "pdf",
            "--outdir", str(folder), str(workbook),
        ],
        check=True, capture_output=True, timeout=_SECONDS,
    )  # fmt: skip
    pdf = folder / f"{workbook.stem}.pdf"
    stem = folder / workbook.stem
    subprocess.run(["pdftoppm", "-png", "-gray", "-r", str(dots), str(pdf), str(stem)], check=True)
    pdf.unlink()
    return sorted(folder.glob(f"{workbook.stem}*.png"))
