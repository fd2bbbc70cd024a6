"""Every file of the generated corpus is read with exactly the result that the specification states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Feed, load_feed
from connectors.intake import IntakeContext, read_file
from connectors.intake.readers import excel, excel_child
from connectors.intake.readers.grid import UnreadableError
from connectors.warehouse import Connection
from identity import tokens
from tests.corpus.build import File, corpus
from tests.corpus.compare import differences
from tests.corpus.draft import RECEIVED
from tests.integration.intake_bench import AREAS, COUNTY, TOKEN_KEY, a_connection, check_places, check_tokens

FILES = corpus()


def read_here(path: Path, folder: Path) -> Any:
    """Open a workbook in this process: a child for each of a hundred would take most of the time."""
    try:
        return excel_child.read_book(path, folder)
    except excel_child.calamine.PasswordError:
        raise UnreadableError("F_ENCRYPTED") from None
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise UnreadableError("F_CORRUPT") from None


@pytest.fixture(autouse=True)
def no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "_run_child", read_here)


@pytest.fixture(scope="module")
def con() -> Connection:
    found = a_connection(AREAS)
    found.execute("set threads = 1")
    tokens.install(found, TOKEN_KEY)
    return found


def none_stored(con: Connection, feed: Feed, scope_key: str) -> list[tuple[str, int]]:
    """A home that holds no rows: no withdrawn record is found."""
    del feed, scope_key
    return con.execute("select distinct sheet, row_no from staged where op = 'withdraw'").fetchall()


def check(con: Connection, folder: Path, file: File) -> list[str]:
    path = folder / "original"
    path.write_bytes(file.body)
    ctx = IntakeContext(
        file_name=file.name,
        received_on=RECEIVED,
        county=COUNTY,
        side=file.side or {},
        definition_version="v1",
        find_unstored=none_stored,
        has_tokens=True,
    )
    feed = load_feed(*file.feed.split("/"))
    staged = read_file(path, feed, ctx, con)
    if staged.columns:
        check_tokens(con, feed)
        check_places(con, staged)
    return differences(staged.result.to_json(), file.expected)


def test_the_corpus_is_large_and_knows_every_feed() -> None:
    assert len(FILES) >= 200
    assert len({file.feed for file in FILES}) >= 18


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.feed} {file.label}"[:120])
def test_a_file_of_the_corpus_is_read_as_the_specification_says(con: Connection, tmp_path: Path, file: File) -> None:
    assert check(con, tmp_path, file) == [], file.name
