"""The dbt source file follows the contracts and the warehouse."""

from __future__ import annotations

import yaml

from connectors.contract import feeds
from connectors.ledger import META_TABLES
from connectors.warehouse import create_tables, open_work
from pipeline.generate.sources import META, SOURCES, main, sources_text


def test_the_committed_source_file_is_current() -> None:
    assert SOURCES.read_text(encoding="utf-8") == sources_text()
    assert main(["--check"]) == 0


def test_the_sources_describe_the_warehouse_column_by_column() -> None:
    con = open_work()
    con.execute("attach ':memory:' as wh")
    create_tables(con, "wh")
    built: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in con.execute(
        "select schema_name, table_name, column_name from duckdb_columns() where database_name = 'wh' "
        "order by schema_name, table_name, column_index"
    ).fetchall():
        built.setdefault((schema, table), []).append(column)
    described = {
        (source["name"], table["name"]): [column["name"] for column in table["columns"]]
        for source in yaml.safe_load(sources_text())["sources"]
        if source["database"] == "wh"
        for table in source["tables"]
    }
    assert described == built


def test_every_column_is_described_in_both_languages() -> None:
    for source in yaml.safe_load(sources_text())["sources"]:
        for table in source["tables"]:
            for column in table["columns"]:
                chinese, english = column["description"].split(" | ")
                assert any("一" <= sign <= "鿿" for sign in chinese), column["name"]
                assert english, column["name"]


def test_each_raw_table_names_its_feed_and_owner() -> None:
    raw = next(s for s in yaml.safe_load(sources_text())["sources"] if s["name"] == "raw")
    owners = {table["name"]: table["config"]["meta"]["owner"] for table in raw["tables"]}
    assert owners == {feed.table: feed.department for feed in feeds()}
    assert set(META) == set(META_TABLES)
