"""One form for names that are the same writing: traditional and simplified characters, titles behind the name.

Data in: a cleaned name. Data out: its comparison form, and a pattern that finds the names whose form is another.
Not here: cleaning (connectors/intake/cells.py), and names that are only near each other (identity/names.py).
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

_FORMS = Path(__file__).parent.parent / "contracts" / "shared" / "names.yaml"
SHORTEST = 2
"""A title is cut off only if a name of at least this length is left."""


@lru_cache(maxsize=1)
def simplified_of() -> dict[str, str]:
    """Traditional character → simplified one."""
    return {pair[0]: pair[1] for pair in _forms()["simplified_of"].split()}


@lru_cache(maxsize=1)
def title_pattern() -> str:
    """A title at the end of a name, as a regular expression."""
    return f"({'|'.join(_forms()['titles'].split())})$"


@lru_cache(maxsize=1)
def other_form_pattern() -> str:
    """A regular expression that finds every name whose comparison form may be another writing."""
    return f"[{''.join(simplified_of())}]|{title_pattern()}"


@lru_cache(maxsize=1)
def _forms() -> dict[str, str]:
    forms: dict[str, str] = yaml.safe_load(_FORMS.read_text(encoding="utf-8"))
    return forms


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[int, str], re.Pattern[str]]:
    return str.maketrans(simplified_of()), re.compile(f"(?<=.{{{SHORTEST}}}){title_pattern()}")


def compared(name: str) -> str:
    """The comparison form of a cleaned name."""
    table, title = _tables()
    return title.sub("", name.translate(table))
