"""A warehouse of an older version gets the columns it lacks, and keeps its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.contract import load_feed
from connectors.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

_TABLE = "raw.housing__appraisals"


def test_missing_columns_are_added_once_and_rows_stay(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path) as con:
        con.execute(f"insert into {_TABLE} (submission_id, hh_no) values ('s', '1')")
        con.execute(f"alter table {_TABLE} drop column head_id_key")
    for _ in range(2):
        with open_warehouse(path) as con:
            found = [name for (name, *_) in con.execute(f"describe {_TABLE}").fetchall()]
            assert set(found) == {column.name for column in load_feed("housing", "appraisals").raw_columns()}
            assert con.execute(f"select hh_no, head_id_key from {_TABLE}").fetchall() == [("1", None)]


def test_digests_are_stored_as_they_are_and_other_texts_are_not(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path) as con:
        con.execute(
            f"insert into {_TABLE} (row_key, head_key, hh_no) select md5(n::varchar), md5(n::varchar), n % 9"
            " from range(200000) as r(n)"
        )
        con.execute("checkpoint")
        stored = con.execute(
            f"select column_name, list(distinct compression) from pragma_storage_info('{_TABLE}')"
            " where segment_type = 'VARCHAR' group by all"
        ).fetchall()
    found = dict(stored)
    assert found["row_key"] == found["head_key"] == ["Uncompressed"]
    assert "Uncompressed" not in found["hh_no"]
