"""What nobody should drop: links, pipes, devices, bombs, XML that expands, and files with random bytes changed."""

from __future__ import annotations

import io
import os
import random
import shutil
import socket
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from connectors.files import make_folder
from connectors.intake.readers import excel
from connectors.originals import SIDE_SUFFIX
from connectors.warehouse import open_work
from tests.builders.biff import build_biff
from tests.builders.sheets import book_with
from tests.integration.landing_home import Home, enrolments
from tests.torture.county import FEED, leaks, workbook
from tests.torture.table import Count

_SECONDS = 60
_BATCH = 40
_BATCHES_PER_HOME = 5
_LARGE_ROWS = 600_000
"""More than the child reads in a second."""


def _paths(home: Home, outside: Path) -> dict[str, Callable[[], object]]:
    folder = home.settings.ingest / FEED
    target = outside / "target.csv"

    def device() -> None:
        os.mknod(folder / "device.csv", 0o600 | 0o020000, os.makedev(1, 5))

    def pipe() -> None:
        os.mkfifo(folder / "pipe.csv")

    def unix_socket() -> None:
        with socket.socket(socket.AF_UNIX) as listener:
            here = Path.cwd()
            os.chdir(folder)
            listener.bind("s.csv")
            os.chdir(here)

    return {
        "symbolic link": lambda: (folder / "link.csv").symlink_to(target),
        "link to a folder": lambda: (folder / "folder.csv").symlink_to(outside),
        "dangling link": lambda: (folder / "dangling.csv").symlink_to(outside / "nothing"),
        "hard link": lambda: (folder / "hard.csv").hardlink_to(target),
        "pipe": pipe,
        "device": device,
        "socket": unix_socket,
        "folder named as a file": lambda: (folder / "directory.csv").mkdir(),
        "255 bytes": lambda: (folder / ("长" * 83 + ".csv")).write_text("x"),
        "right to left": lambda: (folder / "‮vsc.exe").write_text("x"),
        "zero width": lambda: (folder / "医保​.csv").write_text("x"),
        "newline": lambda: (folder / "a\nb.csv").write_text("x"),
        "leading dash": lambda: (folder / "-rf.csv").write_text("x"),
        "double ending": lambda: (folder / "a.xlsx.exe").write_text("x"),
        "wrong magic": lambda: (folder / "a.xlsx").write_bytes(b"\x7fELF" + bytes(100)),
        "not UTF-8": lambda: Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.csv")).write_text("x"),
        "side file is a link": lambda: (folder / f"a.csv{SIDE_SUFFIX}").symlink_to(target),
        "empty": lambda: (folder / "empty.csv").write_bytes(b""),
        "link out of the county": lambda: (folder / "up.csv").symlink_to(Path("..") / ".." / ".." / ".." / "outside"),
        "backslashes": lambda: (folder / "..\\..\\target.csv").write_text("x"),
    }


def paths(folder: Path, _: random.Random, tries: int) -> Count:
    """Nothing is followed, opened or hung on; what lies outside is neither read nor changed."""
    count = Count("paths")
    outside = folder / "outside"
    outside.mkdir()
    target = outside / "target.csv"
    target.write_text(enrolments(3))
    home = Home.make(folder / "home").with_villages()
    (home.settings.ingest / FEED).mkdir(parents=True, exist_ok=True)
    for what, make in list(_paths(home, outside).items())[:tries]:
        try:
            make()
        except PermissionError:
            continue
        began = time.monotonic()
        home.ingest()
        rows = home.ask("select count(*) from raw.medical__enrolments")
        was_read = rows != [(0,)] or target.read_text() != enrolments(3)
        count.add(what, {"leaked": int(was_read), "other": int(time.monotonic() - began > _SECONDS)})
        for left in (home.settings.ingest / FEED).iterdir():
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
    return count


def _bombs(folder: Path) -> dict[str, bytes]:
    plain = workbook(folder, enrolments(2))

    def with_member(name: str, content: bytes) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(plain)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as box:
            for member in source.namelist():
                box.writestr(member, content if member == name else source.read(member))
            if name not in source.namelist():
                box.writestr(name, content)
        return target.getvalue()

    sheet = "xl/worksheets/sheet1.xml"
    head = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    laughs = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    outside = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    rows = b"<sheetData>" + b"<row><c><v>1</v></c></row>" * 20
    corner = b'<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>'
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as box:
        for number in range(20_000):
            box.writestr(f"xl/{number}.xml", b"")
    return {
        "zip bomb": with_member(sheet, head + b" " * (300 << 20)),
        "bomb beside the sheet": with_member("xl/media/a.bin", bytes(300 << 20)),
        "entities that expand": with_member(sheet, laughs + b"<worksheet>&b;</worksheet>"),
        "entity from a file": with_member("xl/workbook.xml", outside + b"<workbook>&x;</workbook>"),
        "shared strings with entities": with_member("xl/sharedStrings.xml", laughs + b"<sst>&b;</sst>"),
        "far corner": with_member(sheet, head + corner + b"</sheetData></worksheet>"),
        "cut off": plain[: len(plain) // 2],
        "sheet cut off": with_member(sheet, head + rows),
        "twenty thousand members": many.getvalue(),
        "no workbook": with_member("xl/workbook.xml", b""),
    }


def bombs(folder: Path, _: random.Random, tries: int) -> Count:
    """Refused or read within the limits of time and memory; the parent lives and publishes nothing of it."""
    count = Count("bombs")
    home = Home.make(folder / "home").with_villages()
    for what, content in list(_bombs(folder).items())[:tries]:
        home.drop(FEED, "bomb.xlsx", content)
        began = time.monotonic()
        landed = home.ingest()
        took = time.monotonic() - began
        is_told = len(landed) == 1 and landed[0].status not in ("failed",)
        count.add(what, {"other": int(took > _SECONDS) + (not is_told)}, f"{took:.0f} s")
        (home.settings.ingest / FEED / "bomb.xlsx").unlink(missing_ok=True)
    return count


def _large_row(number: int) -> bytes:
    cells = (b'<c r="%c%d" t="inlineStr"><is><t>%d</t></is></c>' % (name, number, number) for name in b"ABCDEFGHIJKL")
    return b'<row r="%d">%b</row>' % (number, b"".join(cells))


def child_limits(folder: Path, _: random.Random, tries: int) -> Count:
    """The child that opens workbooks cannot take more memory or time than it was given, whatever the file says."""
    count = Count("limits of the child")
    path = folder / "large.xlsx"
    path.write_bytes(book_with(b"".join(map(_large_row, range(1, _LARGE_ROWS + 1)))))
    for memory, seconds in [(200 << 20, 60), (6 << 30, 1)][:tries]:
        kept = (excel._MEMORY, excel._CPU_SECONDS)
        excel._MEMORY, excel._CPU_SECONDS = memory, seconds
        con, began = open_work(), time.monotonic()
        try:
            excel.read_excel(path, con, make_folder(folder / str(memory)))
            was_stopped = False
        except excel.UnreadableError:
            was_stopped = True
        finally:
            excel._MEMORY, excel._CPU_SECONDS = kept
            con.close()
        count.add(
            f"{memory >> 20} MB, {seconds} s", {"other": int(not was_stopped or time.monotonic() - began > _SECONDS)}
        )
    return count


def _mutated(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        place = rng.randrange(len(changed))
        kind = rng.randrange(3)
        if kind == 0:
            changed[place] = rng.randrange(256)
        elif kind == 1:
            del changed[place : place + rng.randint(1, 40)]
        else:
            changed[place:place] = rng.randbytes(rng.randint(1, 20))
    return bytes(changed)


def _fuzz(folder: Path, rng: random.Random, tries: int, kind: str, content: bytes) -> Count:
    """Files of one kind with random bytes changed: the parent lives, each is answered, every row accounted for."""
    count = Count(f"fuzz {kind}")
    home = Home.make(folder / "home").with_villages()
    for batch in range(0, tries, _BATCH):
        names = [f"fuzz-{number}.{kind}" for number in range(batch, min(batch + _BATCH, tries))]
        for name in names:
            home.drop(FEED, name, _mutated(content, rng))
        landed = {one.file_name: one for one in home.ingest() if one.file_name.startswith("fuzz")}
        uneven = {
            name
            for (name,) in home.ask(
                "select file_name from meta.submissions where file_name like 'fuzz%' and status like 'accepted%'"
                " and (rows_in <> rows_ok + rows_warn + rows_rejected + rows_dup or rows_ok + rows_warn <> ("
                "select count(*) from raw.medical__enrolments as r where r.submission_id = submissions.submission_id))"
            )
        }
        for name in names:
            one = landed.get(name)
            problems = {"lost": int(name in uneven), "other": int(one is None or one.status == "failed")}
            count.add(name, problems, str(one.error if one else "no answer"))
        for left in (home.settings.ingest / FEED).iterdir():
            left.unlink()
        if batch // _BATCH % _BATCHES_PER_HOME == _BATCHES_PER_HOME - 1:
            count.numbers["leaked"] += leaks(home)
            home = Home.make(folder / f"home-{batch}").with_villages()
    count.numbers["leaked"] += leaks(home)
    return count


def fuzz_csv(folder: Path, rng: random.Random, tries: int) -> Count:
    """A CSV of thirteen rows."""
    return _fuzz(folder, rng, tries, "csv", enrolments(12, masked=1).encode())


def fuzz_xlsx(folder: Path, rng: random.Random, tries: int) -> Count:
    """The same rows as a workbook."""
    return _fuzz(folder, rng, tries, "xlsx", workbook(folder, enrolments(12, masked=1)))


def fuzz_xls(folder: Path, rng: random.Random, tries: int) -> Count:
    """The same rows as an old workbook."""
    rows = [line.split(",") for line in enrolments(12, masked=1).splitlines()]
    return _fuzz(folder, rng, tries, "xls", build_biff([("Sheet1", rows, True)]))
