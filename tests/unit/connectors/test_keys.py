"""Whether a row has a key is told without making the key's text."""

from __future__ import annotations

import pytest

from connectors.contract import Feed, feeds
from connectors.intake.keys import has_key_sql, key_parts, key_text_sql
from connectors.warehouse import open_work


@pytest.mark.parametrize("feed", feeds(), ids=lambda feed: feed.name)
def test_a_row_has_a_key_where_its_key_has_a_text(feed: Feed) -> None:
    def quoted(part: str) -> str:
        return f'"{part}"'

    choices = " cross join ".join(
        f"(select unnest([null, 'x']::varchar[]) as {quoted(part)})" for part in key_parts(feed)
    )
    text, has_key = key_text_sql(feed, quoted), has_key_sql(feed, quoted)
    found = (
        open_work()
        .execute(f"select distinct ({text}) is not null, {has_key} from (from {choices}) order by all")
        .fetchall()
    )
    assert found in ([(False, False), (True, True)], [(True, True)])
