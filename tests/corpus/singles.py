"""Files of the corpus that are made one by one: refusals, sheets, nil reports, modes, odd containers.

Data in: nothing. Data out: (feed, file name, bytes, side file, expectation, label).
Not here: files that are mixed by chance (build.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Single = tuple[str, str, bytes, dict[str, Any] | None, dict[str, Any], str]


def singles() -> Iterator[Single]:
    """Every file that is made by itself."""
    yield from ()
