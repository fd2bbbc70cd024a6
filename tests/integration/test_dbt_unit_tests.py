"""dbt's own unit tests: each rule and each family of indicators, with every way to fail and the boundary days."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from connectors.warehouse import open_warehouse
from tests.builders.dbt_project import build, run_dbt

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_dbt_unit_tests_pass(tmp_path: Path) -> None:
    day, warehouse = date(2020, 6, 30), tmp_path / "warehouse.duckdb"
    with open_warehouse(warehouse):
        pass
    candidate = build(tmp_path, warehouse, day)
    said = run_dbt(tmp_path, warehouse, candidate, day, "test", "--select", "test_type:unit")
    done = re.search(r"PASS=(\d+) WARN=0 ERROR=0", said)
    assert done is not None
    assert int(done.group(1)) >= 30
