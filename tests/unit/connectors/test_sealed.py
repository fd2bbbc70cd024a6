"""What is sealed can be had again, whatever its size."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from connectors.sealed import BLOCK, seal, unseal

KEY = b"k" * 32


@pytest.mark.parametrize("size", [0, 1, BLOCK, 3 * BLOCK + 7])
def test_bytes_given_in_one_piece_come_back(tmp_path: Path, size: int) -> None:
    content, path = os.urandom(size), tmp_path / "sealed"
    with path.open("wb") as stream:
        seal([content], stream, KEY)
    assert b"".join(unseal(path, [KEY])) == content
