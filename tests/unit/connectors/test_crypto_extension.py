"""DuckDB's crypto extension: its signature is checked once for a file, and always for another one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from connectors import encryption
from connectors.warehouse import DatabaseError, open_work


@pytest.fixture
def extension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the extension, taken for the real one, as if this process had opened nothing yet."""
    copy = tmp_path / "httpfs.duckdb_extension"
    shutil.copy(encryption._extension(), copy)
    monkeypatch.setattr(encryption, "_extension", lambda: copy)
    monkeypatch.setattr(encryption, "_checked", set())
    return copy


def _open(tmp_path: Path) -> None:
    open_work(spill=tmp_path / "spill").close()


def _another(path: Path) -> None:
    """The same extension with one byte that its makers did not sign, put in its place."""
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2] ^= 1
    beside = path.with_suffix(".new")
    beside.write_bytes(changed)
    beside.replace(path)


def test_an_extension_that_nobody_signed_is_never_loaded(extension: Path, tmp_path: Path) -> None:
    _another(extension)
    for _ in range(2):
        with pytest.raises(DatabaseError, match="signature"):
            _open(tmp_path)


def test_an_extension_that_was_replaced_is_checked_again(extension: Path, tmp_path: Path) -> None:
    _open(tmp_path)
    _open(tmp_path)
    _another(extension)
    with pytest.raises(DatabaseError, match="signature"):
        _open(tmp_path)


def test_one_that_is_replaced_while_a_connection_opens_is_checked(
    extension: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _open(tmp_path)
    options = encryption.extension_options()
    assert options
    monkeypatch.setattr(encryption, "extension_options", lambda: options)
    _another(extension)
    with pytest.raises(DatabaseError, match="signature"):
        _open(tmp_path)


def test_no_connection_loads_another_extension_that_nobody_signed(extension: Path, tmp_path: Path) -> None:
    unsigned = tmp_path / "other" / "httpfs.duckdb_extension"
    unsigned.parent.mkdir()
    shutil.copy(extension, unsigned)
    _another(unsigned)
    for spill in (None, tmp_path / "spill", tmp_path / "spill"):
        con = open_work(spill=spill)
        try:
            assert con.execute("select current_setting('allow_unsigned_extensions')").fetchall() == [(False,)]
            if spill is None:
                with pytest.raises(DatabaseError, match="signature"):
                    con.execute(f"load '{unsigned}'")
            with pytest.raises(DatabaseError, match="while database is running"):
                con.execute("set allow_unsigned_extensions = true")
        finally:
            con.close()
