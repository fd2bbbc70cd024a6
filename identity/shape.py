"""From staged rows, identifiers in clear, to the rows of the warehouse, tokens only.

Data in: a feed's contract. Data out: SQL expressions over the staged table, one per column of the raw table.
Not here: running them (pipeline/receiving/commit.py) and the token function itself (identity/tokens.py).
"""

from __future__ import annotations

from collections.abc import Collection

from connectors.contract import Column, Feed, masked_stem, token_column

_SHOWN_CHARACTERS = 4
_LONG_NUMBER = r"\d{14,}[\dXx]"
_FREE_TEXT_CLASSES = ("I", "S")


def id_columns(feed: Feed) -> list[str]:
    """Columns that hold an identity number of a person: what the vault remembers."""
    return [column.name for column in feed.columns if column.vaulted and column.type == "id"]


def tokenised(feed: Feed, table: str, columns: Collection[str]) -> str:
    """A FROM item: the staged table with one token column per vaulted column, each computed once per row.

    Args:
        feed: the contract.
        table: the staged table.
        columns: what it holds; a token that the reading has left there is not computed again.
    """
    tokens = [
        f'token("{column.name}") as "{token_column(column.name)}"'
        for column in feed.columns
        if column.vaulted and column.name in columns and token_column(column.name) not in columns
    ]
    return f"(select {', '.join(['*', *tokens])} from {table}) as staged_tokens"


def key_part(feed: Feed, name: str) -> str:
    """A part of the row key: the token where the column is an identifier, else its text."""
    is_vaulted = any(column.name == name and column.vaulted for column in feed.columns)
    return f'"{token_column(name) if is_vaulted else name}"'


def raw_select(feed: Feed, submission: str, row_key: str) -> str:
    """The select list of the raw table, in the contract's order, over :func:`tokenised`.

    Args:
        feed: the contract.
        submission: SQL of the submission id.
        row_key: SQL of the row key.
    """
    staged = {column.name for column in feed.staged_columns()}
    computed = {"submission_id": submission, "row_key": row_key}
    parts = []
    for raw in feed.raw_columns():
        if raw.name in computed:
            expression = computed[raw.name]
        elif raw.source_column is None:
            expression = f'"{raw.name}"'
        else:
            column = feed.column(raw.source_column)
            if column.vaulted and raw.name not in staged:
                expression = _vaulted(column, raw.name)
            else:
                expression = _plain(column, raw.name)
        parts.append(f'{expression} as "{raw.name}"')
    return ",\n  ".join(parts)


def _vaulted(column: Column, raw_name: str) -> str:
    token = f'"{token_column(column.name)}"'
    if raw_name.endswith("_masked"):
        text = f'"{column.name}"'
        hidden = f"repeat('*', greatest(length({text}) - {_SHOWN_CHARACTERS}, 0))"
        shown = (
            f"case when length({text}) > 2 * {_SHOWN_CHARACTERS} then right({text}, {_SHOWN_CHARACTERS}) else '' end"
        )
        return f"case when {text} is not null then {hidden} || {shown} end"
    stem = masked_stem(column.name)
    if column.type != "id" or raw_name == f"{stem}_key":
        return token
    status = f"{stem}_status"
    return f"case when \"{status}\" = 'valid' then {token} end"


def _plain(column: Column, raw_name: str) -> str:
    """The staged value; in free text that is not public, numbers as long as an identifier are masked."""
    if column.type == "text" and column.codes is None and column.pd in _FREE_TEXT_CLASSES:
        return f"regexp_replace(\"{raw_name}\", '{_LONG_NUMBER}', '＊', 'g')"
    return f'"{raw_name}"'
