"""The primary key of a row as SQL, one definition for plain ids (intake) and tokens (landing).

Data in: a feed's key alternatives. Data out: SQL text.
Not here: finding duplicates (:mod:`connectors.intake.duplicates`).
"""

from __future__ import annotations

from collections.abc import Callable

from connectors.contract import Feed


def key_text_sql(feed: Feed, parts_of: Callable[[str], str]) -> str:
    """The ``|``-joined parts of the first alternative whose every part is filled or has a stand-in, else null."""
    branches = [
        f"when {_is_filled(feed, parts, parts_of)} then {_joined([_part(feed, part, parts_of) for part in parts])}"
        for parts in feed.key
    ]
    return f"case {' '.join(branches)} end"


def has_key_sql(feed: Feed, parts_of: Callable[[str], str]) -> str:
    """Whether there is a key text, without making it."""
    return " or ".join(f"({_is_filled(feed, parts, parts_of)})" for parts in feed.key)


def _is_filled(feed: Feed, parts: tuple[str, ...], parts_of: Callable[[str], str]) -> str:
    needed = [f"{parts_of(part)} is not null" for part in parts if part not in feed.key_defaults]
    return " and ".join(needed) or "true"


def _part(feed: Feed, part: str, parts_of: Callable[[str], str]) -> str:
    default = feed.key_defaults.get(part)
    if default is None:
        return parts_of(part)
    return f"coalesce({parts_of(part)}, '{default}')"


def _joined(texts: list[str]) -> str:
    return " || '|' || ".join(texts)


def key_sql(feed: Feed, parts_of: Callable[[str], str]) -> str:
    """md5 over the key text: the ``row_key`` of a row; null where no alternative is satisfied.

    Args:
        feed: the contract.
        parts_of: SQL of one key part by its field name: the column, or its token.
    """
    return f"md5({key_text_sql(feed, parts_of)})"


def key_parts(feed: Feed) -> tuple[str, ...]:
    """Every field that may take part in the key, each once."""
    return tuple(dict.fromkeys(part for parts in feed.key for part in parts))
