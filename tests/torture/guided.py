"""Fuzzing that is guided by which lines it reaches: the readers of ours that look at a file before any library does.

Data in: whole files as seeds, a number of runs. Data out: per reader, whether anything but a refusal came out of it.
Needs atheris (tests/builders/atheris.lock says how to have it) and says so where it is absent.
Not here: the parsers of workbooks, which are compiled and run in a child of their own (hostile.py).
"""

from __future__ import annotations

import importlib.util
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.torture.table import Count

READERS = ("text", "container", "old workbook", "workbook", "rows of a sheet")
_TOLD: dict[str, tuple[type[Exception], ...]] = {"old workbook": (Exception,), "workbook": (Exception,)}
"""These run in the child, which makes a refusal of any exception (excel_child.py): they must end, in little memory."""
_LARGEST = 20_000
_BOOKS = 12
_SECONDS = 900
_ROOT = Path(__file__).resolve().parents[2]


def seeds(reader: str) -> list[bytes]:
    """Whole files of its kind."""
    # Here and below: what is imported with the module would not be watched.
    from tests.builders.sheets import random_book, rows_of
    from tests.torture.sent_books import old_workbooks, workbooks
    from tests.torture.sent_texts import encodings, shapes

    files = {
        "text": [*encodings(), *shapes()],
        "container": [*encodings(), *workbooks(), *old_workbooks()],
        "old workbook": old_workbooks(),
        "workbook": workbooks(),
    }.get(reader)
    if files is None:
        return [rows_of(random_book(seed)) for seed in range(_BOOKS)]
    return [sent.body for sent in files if len(sent.body) <= _LARGEST]


def read(reader: str, folder: Path) -> Callable[[bytes], None]:
    """What the reader does with the bytes of a file; a refusal is its right."""
    import biff_scan  # type: ignore[import-not-found,unused-ignore]
    import xlsx_large  # type: ignore[import-not-found,unused-ignore]
    import xlsx_scan  # type: ignore[import-not-found,unused-ignore]

    from connectors.intake.readers import decode, sniff
    from connectors.intake.readers.grid import UnreadableError
    from tests.builders.sheets import book_with

    path = folder / "file"

    def text() -> None:
        for left in folder.glob("text-*"):
            left.unlink()
        decode.decode(path, folder, lambda _: None)

    def old_workbook() -> None:
        biff_scan.scan(path.read_bytes())

    def workbook() -> None:
        sniff.scan_zip(path)
        book = xlsx_scan.scan(path)
        for name in book.members:
            xlsx_scan.scan_sheet(path, name, book)

    def rows_of_a_sheet() -> None:
        """Read, or left to calamine: it may not fail."""
        path.write_bytes(book_with(path.read_bytes()))
        book = xlsx_scan.scan(path)
        for name in book.members:
            xlsx_large.read_large(path, name, book, folder / "rows.arrow")

    one = {
        "text": text,
        "container": lambda: sniff.sniff(path),
        "old workbook": old_workbook,
        "workbook": workbook,
        "rows of a sheet": rows_of_a_sheet,
    }[reader]

    def run(body: bytes) -> None:
        path.write_bytes(body)
        try:
            one()
        except (UnreadableError, *_TOLD.get(reader, ())):
            pass

    return run


def guided(folder: Path, rng: random.Random, tries: int, share: int, shares: int) -> Count:
    """So many runs of each reader."""
    count = Count("guided fuzzing")
    if importlib.util.find_spec("atheris") is None:
        count.skipped = "needs atheris: tests/builders/atheris.lock"
        return count
    for reader in READERS[share::shares]:
        place = folder / reader
        (place / "seeds").mkdir(parents=True)
        for number, body in enumerate(seeds(reader)):
            (place / "seeds" / str(number)).write_bytes(body)
        words = [str(place / "seeds"), f"-runs={tries}", f"-seed={rng.randrange(1, 1 << 30)}", f"-max_len={_LARGEST}"]
        words += ["-timeout=20", "-rss_limit_mb=1024"]
        done = subprocess.run(
            [sys.executable, "-m", "tests.torture.guided", reader, str(place), *words], cwd=place, check=False,
            capture_output=True, text=True, timeout=_SECONDS, env={**os.environ, "PYTHONPATH": _paths()},
        )  # fmt: skip
        ran = re.findall(r"Done (\d+) runs", done.stderr)
        problems = re.findall(r"Uncaught Python exception.*\n?.*", done.stderr)
        count.add(reader, {"other": int(done.returncode != 0 or not ran)}, f"{problems} {done.stderr[-300:]}")
        count.numbers["tried"] += int(ran[-1]) - 1 if ran else 0
        count.numbers["survived"] += int(ran[-1]) - 1 if ran and done.returncode == 0 else 0
    return count


def _paths() -> str:
    """The scans are modules of a child that knows its own folder only."""
    own = _ROOT / "connectors" / "intake" / "readers"
    return os.pathsep.join([str(_ROOT), str(own), *filter(None, [os.environ.get("PYTHONPATH")])])


def main() -> None:
    """Fuzz one reader until libFuzzer has had its runs."""
    import atheris  # type: ignore[import-not-found,unused-ignore]

    reader, place = sys.argv[1], Path(sys.argv[2])
    with atheris.instrument_imports(include=["connectors.intake.readers", "biff_scan", "xlsx_scan", "xlsx_cells"]):
        run = read(reader, place)
    atheris.Setup([sys.argv[0], *sys.argv[3:]], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
