"""Runs dbt as the pipeline does, on a warehouse and a candidate of a test, and reads the candidate.

Data in: a warehouse file and a day. Data out: rows of the candidate as dictionaries.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from connectors.warehouse import open_database
from pipeline.candidate import dbt_child
from pipeline.repository import DBT_PROJECT, ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

COUNTY = "610099"


def run_dbt(folder: Path, warehouse: Path, candidate: Path, as_of: date, *arguments: str) -> str:
    """Run one dbt command; returns what it printed, raises AssertionError if it failed."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "ONETABLE_WAREHOUSE": str(warehouse),
        "ONETABLE_CANDIDATE": str(candidate),
        "ONETABLE_SPILL": str(folder / "spill"),
        "ONETABLE_MEMORY_LIMIT": "2GB",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    variables = json.dumps({"as_of": as_of.isoformat(), "county": COUNTY, "run_id": "test"})
    options = ["--log-level-file", "none", "--target-path", str(folder / "target")]
    options += ["--log-path", str(folder / "logs"), "--vars", variables]
    command = dbt_child.arguments(DBT_PROJECT, COUNTY, folder / "run_results.json", arguments, options)
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def build(folder: Path, warehouse: Path, as_of: date, *, with_tests: bool = False, only: str = "") -> Path:
    """Build the candidate of a day; dbt's data tests cost more than the build and are run where asked for.

    ``only`` names models: nothing but them and what they are made of is built.
    """
    candidate = folder / f"candidate-{as_of:%Y%m%d}.duckdb"
    candidate.unlink(missing_ok=True)
    left_out = ["unit_test"] if with_tests else ["unit_test", "test"]
    selected = ["--select", *(f"+{model}" for model in only.split())] if only else []
    run_dbt(folder, warehouse, candidate, as_of, "build", *selected, "--exclude-resource-type", *left_out)
    return candidate


def rows(candidate: Path, query: str) -> list[dict[str, Any]]:
    """Rows of a query on the candidate."""
    con = open_database(candidate, read_only=True)
    try:
        result = con.execute(query)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    finally:
        con.close()


def findings(candidate: Path, rule_ids: Sequence[str] = ()) -> set[tuple[str, str, str, str]]:
    """(rule, detail, verdict, subject) of every mismatch, of these rules only if any are named."""
    wanted = {
        (row["rule_id"], row["detail"], row["verdict"], row["subject_key"])
        for row in rows(candidate, "select rule_id, detail, verdict, subject_key from marts.mismatches")
    }
    return {found for found in wanted if not rule_ids or found[0] in rule_ids}


def numbers(candidate: Path, area_code: str = COUNTY) -> dict[str, tuple[int | None, int | None]]:
    """Indicator → (numerator, denominator) of one area."""
    return {
        row["indicator"]: (row["numerator"], row["denominator"])
        for row in rows(
            candidate, f"select indicator, numerator, denominator from marts.indicators where area_code = '{area_code}'"
        )
    }
