"""The child process that opens a workbook: calamine aborts on hostile files, so it never runs in the parent.

Data in (arguments): the workbook, a folder, limits in bytes and seconds. Data out: Arrow files in the folder for each
sheet, and ``book.json``. Exit status 0 even for a password or a broken file: ``book.json`` then names the F code. The
errno if the operating system failed: whoever started it knows which of them are the machine's.
Not here: imports of this project; the file is run by its path and needs only its neighbours, calamine,
pyarrow and the library, and numpy for a large sheet (:mod:`xlsx_large`), which calamine would hold whole.
"""

from __future__ import annotations

import io
import json
import resource
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import python_calamine as calamine

_LARGE = 32 << 20
"""Bytes of a sheet's XML, some 40,000 rows: below, importing numpy would cost more than is won."""


def _has_large_part(path: str) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(entry.file_size > _LARGE for entry in archive.infolist())
    except (OSError, ValueError, zipfile.BadZipFile):
        return False


class _Absent:
    """Modules that cannot be imported; None in ``sys.modules`` would be taken for one by pyarrow."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def find_spec(self, name: str, *_: object) -> None:
        if name in self.names:
            raise ModuleNotFoundError(name)


if TYPE_CHECKING:
    from connectors.intake.readers import biff_scan, excel_grid, xlsx_scan, xlsx_stray
else:  # run by its path: its neighbours lie beside it
    if __name__ == "__main__":  # pyarrow would import both with its first use: 0.3 s and 50 MB a workbook, for nothing
        sys.meta_path.insert(0, _Absent("pandas") if _has_large_part(sys.argv[1]) else _Absent("numpy", "pandas"))
    sys.path.insert(0, str(Path(__file__).parent))
    import biff_scan
    import excel_grid
    import xlsx_scan
    import xlsx_stray

_GRACE_SECONDS = 10


def _limit(memory: int, seconds: int) -> None:
    """Never more than is allowed already; too much time ends it by SIGXCPU, so that SIGKILL is always another's."""
    allowed = resource.getrlimit(resource.RLIMIT_AS)[1]
    memory = memory if allowed == resource.RLIM_INFINITY else min(memory, allowed)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + _GRACE_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class _TooFarError(Exception):
    """A cell of a sheet stands so far from the others that the blanks between them take all memory."""


class _NewBook:
    """Facts of an xlsx beside its cells.

    A sheet is looked through while calamine reads it, which needs no Python meanwhile.
    """

    letters: str | None = None

    def __init__(self, path: Path, pool: Executor, large: int, changed: frozenset[str]) -> None:
        self.path, self.pool, self.large, self.changed = path, pool, large, changed
        self.book = xlsx_scan.scan(path)
        self.date1904, self.has_macros = self.book.date1904, self.book.has_macros

    def begin(self, name: str, place: int) -> Callable[[], biff_scan.SheetScan]:
        """Begin to look through a sheet."""
        del place
        return self.pool.submit(xlsx_scan.scan_sheet, self.path, name, self.book).result

    def read_large(self, name: str, target: Path) -> dict[str, Any] | None:
        """Read a sheet whose XML has more than ``large`` bytes, if it is plain and was not changed before."""
        if self.book.members.get(name) in (None, *self.changed):
            return None
        with zipfile.ZipFile(self.path) as archive:
            if archive.getinfo(self.book.members[name]).file_size <= self.large:
                return None
        if TYPE_CHECKING:
            from connectors.intake.readers import xlsx_large
        else:  # most workbooks do without numpy, which takes a while to import
            import xlsx_large
        return xlsx_large.read_large(self.path, name, self.book, target)


class _OldBook:
    """Facts of an old workbook beside its cells."""

    def __init__(self) -> None:
        self.by_place: list[biff_scan.SheetScan] = []
        self.date1904 = False
        self.has_macros = False
        self.letters: str | None = None
        """Code page of the texts, where calamine was made to hand on their bytes."""

    def begin(self, name: str, place: int) -> Callable[[], biff_scan.SheetScan]:
        """Details of one sheet, which are known already."""
        del name
        return lambda: self.by_place[place] if place < len(self.by_place) else biff_scan.SheetScan()

    def read_large(self, name: str, target: Path) -> None:
        """Such a sheet is never large."""


_LATIN = struct.pack("<H", 1200)
"""A code page under which calamine hands on each byte of a BIFF5 text as one letter."""


def _old_book(body: bytearray) -> _OldBook:
    """Facts of an old workbook.

    calamine spoils BIFF5 texts with letters of two bytes: their code page is replaced in ``body``, so that it hands on
    single bytes, which :func:`_decoded` reads.
    """
    details = _OldBook()
    try:
        found = biff_scan.scan(bytes(body))
    except (ValueError, struct.error, IndexError, StopIteration):
        return details
    if found.is_encrypted:
        raise calamine.PasswordError
    details.by_place, details.date1904, details.has_macros = found.sheets, found.date1904, found.has_macros
    if found.is_biff5 and found.codepage_at is not None:
        body[found.codepage_at : found.codepage_at + 2] = _LATIN
        details.letters = _LETTERS.get(found.codepage, f"cp{found.codepage}")
    return details


_LETTERS = {936: "gb18030", 1200: "utf-16-le", 32768: "mac-roman", 32769: "cp1252", 367: "ascii"}


def _decoded(text: str, letters: str | None) -> str:
    if letters is None:
        return text
    try:
        return text.encode("latin-1").decode(letters)
    except (UnicodeError, LookupError):
        return text


def _by_row(places: list[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row, column in places:
        found.setdefault(row, []).append(column)
    return found


def _add_rows(
    grid: excel_grid.Grid,
    rows: Iterator[list[Any]],
    regions: list[excel_grid.Region],
    details: biff_scan.SheetScan,
    left: int,
    letters: str | None,
) -> None:
    """Row by row: something beside the cells says what stands in them."""
    fill = excel_grid.Fill(regions, grid.width)
    unstored, percents = _by_row(details.unstored), _by_row(details.percents)
    for index, row in enumerate(rows):
        if letters is not None:
            row = [_decoded(value, letters) if isinstance(value, str) else value for value in row]
        pairs = [(None, ".")] * left + [excel_grid.cell(value) for value in row]
        cells = [pair[0] for pair in pairs]
        kinds = [pair[1] for pair in pairs]
        for column in unstored.get(index + 1, ()):
            if column < grid.width and cells[column] is None:
                kinds[column] = "x"
        for column in percents.get(index + 1, ()):
            if column < grid.width and kinds[column] == "n":
                kinds[column] = "p"
        fill.apply(index, cells, kinds)
        grid.add(index + 1, cells, kinds)


def _write_sheet(
    sheet: Any,  # noqa: ANN401
    details: biff_scan.SheetScan,
    target: Path,
    letters: str | None,
) -> dict[str, Any]:
    regions = list(sheet.merged_cell_ranges or [])
    if sheet.start is None:
        return {"rows": 0, "width": 0, "regions": []}
    left = sheet.start[1]
    width = sheet.end[1] + 1
    if (sheet.end[0] - sheet.start[0] + 1) * (width - left) > xlsx_stray.MAX_CELLS:
        raise MemoryError
    grid = excel_grid.Grid(target, width)
    rows = iter(sheet.iter_rows())
    if letters is None and not (details.unstored or details.percents or any(b > a for (a, _), (b, _) in regions)):
        number = 1
        while block := list(islice(rows, excel_grid.BATCH)):
            grid.add_block(number, block, left)
            number += len(block)
    else:
        _add_rows(grid, rows, regions, details, left, letters)
    grid.close()
    return {
        "rows": grid.count,
        "width": width,
        "regions": [[a + 1, b, c + 1, d] for (a, b), (c, d) in regions],
        "files": [target.name],
    }


def read_book(path: Path, folder: Path, large: int = _LARGE) -> dict[str, Any]:
    """Write every visible sheet as Arrow files; returns what ``book.json`` holds.

    Args:
        path: the workbook.
        folder: for the files.
        large: bytes of a sheet's XML beyond which it is read piece by piece, if it is plain.
    """
    # From a stream: given a path, calamine would trust the file's ending.
    if zipfile.is_zipfile(path):
        strays = xlsx_stray.look(path)
        with strays.book or path.open("rb") as stream, ThreadPoolExecutor(max_workers=1) as pool:
            return _read(stream, _NewBook(path, pool, large, strays.changed), folder, strays.far)
    body = bytearray(path.read_bytes())
    facts = _old_book(body)
    return _read(io.BytesIO(body), facts, folder, {})


def _read(
    stream: Any,  # noqa: ANN401
    facts: _NewBook | _OldBook,
    folder: Path,
    far: dict[str, tuple[int, int]],
) -> dict[str, Any]:
    sheets = []
    with calamine.CalamineWorkbook.from_filelike(stream) as book:
        for number, meta in enumerate(book.sheets_metadata):
            if meta.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            visible = meta.visible == calamine.SheetVisibleEnum.Visible
            if visible and meta.name in far:
                raise _TooFarError(number + 1, *far[meta.name])
            found: dict[str, Any] = {"name": _decoded(meta.name, facts.letters), "visible": visible, "rows": 0}
            if visible:
                target = folder / f"{number}.arrow"
                found |= facts.read_large(meta.name, target) or _read_whole(book, number, meta.name, facts, target)
            sheets.append(found)
    return {"sheets": sheets, "date1904": facts.date1904, "macros": facts.has_macros}


def _read_whole(
    book: Any,  # noqa: ANN401
    number: int,
    name: str,
    facts: _NewBook | _OldBook,
    target: Path,
) -> dict[str, Any]:
    find_details = facts.begin(name, number)
    sheet = book.get_sheet_by_index(number)
    details = find_details()
    return _write_sheet(sheet, details, target, facts.letters) | {"hiding": details.is_hiding}


def main() -> None:
    """Read the workbook named by the arguments."""
    path, folder, memory, seconds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    _limit(memory, seconds)
    try:
        (folder / "book.json").write_text(json.dumps(_tried(path, folder)), encoding="utf-8")
    except OSError as error:
        raise SystemExit(error.errno or 0) from None


def _tried(path: Path, folder: Path) -> dict[str, Any]:
    try:
        return read_book(path, folder)
    except calamine.PasswordError:
        return {"code": "F_ENCRYPTED"}
    except OSError:
        raise
    except _TooFarError as problem:
        return {"code": "F_CORRUPT", "far": problem.args}
    except BaseException:  # calamine's panic is no Exception; its text may hold cell values
        return {"code": "F_CORRUPT"}


if __name__ == "__main__":
    main()
