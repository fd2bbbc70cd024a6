"""What reads an old workbook beside calamine comes to an end, whatever leads where in it."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.intake.readers import biff_scan

SECONDS = 30
SECTOR = 512
FREE, END = 0xFFFFFFFF, 0xFFFFFFFE


def ole(*, bits: int = 9, more_fats: int = END, sectors: int = 4) -> bytes:
    """An OLE file whose sectors all list nothing and then themselves."""
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(SECTOR, b"\xff"))
    struct.pack_into("<H", header, 30, bits)
    struct.pack_into("<I", header, 48, END)
    struct.pack_into("<I", header, 68, more_fats)
    body = b"".join(struct.pack("<128I", *[FREE] * 127, number) for number in range(sectors))
    return bytes(header) + body


@pytest.mark.parametrize(
    "body", [ole(more_fats=0), ole(bits=2, more_fats=0), ole(bits=60)], ids=["loop", "tiny", "huge"]
)
def test_what_leads_back_to_itself_is_refused_at_once(tmp_path: Path, body: bytes) -> None:
    """In a process of its own: what does not end must not stop the other tests."""
    path = tmp_path / "old.xls"
    path.write_bytes(body)
    code = f"import biff_scan; biff_scan.scan(open({str(path)!r}, 'rb').read())"
    folder = Path(biff_scan.__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 1
    assert any(kind in done.stderr.splitlines()[-1] for kind in ("ValueError", "StopIteration"))
