"""A file that is written to while it is copied goes back to waiting; nothing of it stays in the vault."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import originals


@pytest.fixture
def waiting(tmp_path: Path) -> originals.Waiting:
    folder = tmp_path / "ingest"
    folder.mkdir()
    (folder / "roster.csv").write_bytes(b"first half")
    [found] = originals.look(folder)
    return found


@pytest.mark.parametrize("how", ["grows", "is written over"])
def test_a_file_that_changes_during_the_copy_is_refused(
    waiting: originals.Waiting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    vault = tmp_path / "home" / "vault" / "originals"

    def still_writing(point: str) -> None:
        if point == "landing_copying":
            with waiting.path.open("ab" if how == "grows" else "wb") as stream:
                stream.write(b" and more" if how == "grows" else b"other half")

    monkeypatch.setattr(originals, "fault", still_writing)
    with pytest.raises(originals.ChangedError):
        originals.take(waiting, vault)
    assert not [path for path in vault.rglob("*") if path.is_file()]


def test_a_file_that_is_left_alone_is_taken_whole(waiting: originals.Waiting, tmp_path: Path) -> None:
    vault = tmp_path / "home" / "vault" / "originals"
    taken = originals.take(waiting, vault)
    assert originals.is_intact(vault, taken.sha256)
    with originals.in_clear(taken, tmp_path / "work") as path:
        assert path.read_bytes() == b"first half"
