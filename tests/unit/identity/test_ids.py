"""Identity numbers: the six statuses, and one answer from SQL, intake and python-stdnum."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from stdnum.cn import ric

from connectors.intake.cell_ids import is_valid
from connectors.warehouse import open_work
from identity import ids

NUMBER = "610099196503120112"


def _state(text: str | None) -> tuple[str, str | None]:
    con = open_work()
    con.register("cells", pa.table({"cell": pa.array([text], pa.string())}))
    row = con.execute(f"select id_state, id_number from ({ids.read_sql('cells', 'cell')})").fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("text", "state", "number"),
    [
        (NUMBER, "valid", NUMBER),
        ("11010519491231002X", "valid", "11010519491231002X"),
        ("11010519491231002x", "repaired_form", "11010519491231002X"),
        (" 610099 19650312 0112", "repaired_form", NUMBER),
        ("610099-19650312-0112", "repaired_form", NUMBER),
        ("６１００９９１９６５０３１２０１１２", "repaired_form", NUMBER),
        ("'610099196503120112", "repaired_form", NUMBER),
        ('="610099196503120112"', "repaired_form", NUMBER),
        ("610099\u200b196503120112", "repaired_form", NUMBER),
        ("610099500120044", "repaired_form", "610099195001200441"),
        ("61009919680705022142", "repaired_form", "610099196807050221"),
        ("610099196503120110", "damaged", None),
        ("610099196503120000", "damaged", None),
        ("610099196513120112", "damaged", None),
        ("61009919650312011", "damaged", None),
        ("测", "damaged", None),
        ("0", "placeholder", None),
        ("无", "placeholder", None),
        ("000000000000000000", "placeholder", None),
        ("111111111111111111", "placeholder", None),
        ("111111111111111", "placeholder", None),
        ("123456789012345678", "placeholder", None),
        ("", "missing", None),
        (None, "missing", None),
        ("E12345678", "foreign_document", None),
        ("H0123456700", "foreign_document", None),
        ("A123456(7)", "foreign_document", None),
        ("FRA110019800101", "foreign_document", None),
    ],
)
def test_a_number_is_worth_one_of_six_things(text: str | None, state: str, number: str | None) -> None:
    assert _state(text) == (state, number)


def _generated(count: int) -> list[str]:
    """Two thirds right numbers; the rest with a wrong digit or an impossible date and a right check character."""
    rng = np.random.default_rng(11643)
    days = [(date(1900, 1, 1) + timedelta(days=day)).strftime("%Y%m%d") for day in range(45_000)]
    wrong_days = ("19900230", "19001301", "19991232", "20230229", "19000229", "20200431", "19650000")
    day_of = rng.integers(0, len(days), count)
    bodies = np.char.add(
        rng.integers(110_000, 830_000, count).astype("U6"),
        np.array(days)[day_of],
    )
    impossible = rng.random(count) < 0.05
    bodies[impossible] = np.char.add(
        rng.integers(110_000, 830_000, int(impossible.sum())).astype("U6"),
        np.array(wrong_days)[rng.integers(0, len(wrong_days), int(impossible.sum()))],
    )
    bodies = np.char.add(bodies, np.char.zfill(rng.integers(0, 1000, count).astype("U3"), 3))
    digits = bodies.view("U1").reshape(count, 17).astype(np.int64)
    weights = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
    check = np.array(list("10X98765432"))[(digits @ weights) % 11]
    numbers = np.char.add(bodies, check)
    texts: list[str] = numbers.tolist()
    chooser = random.Random(7)
    for place in np.flatnonzero(rng.random(count) < 0.3):
        at, digit = chooser.randrange(18), chooser.choice("0123456789")
        texts[place] = texts[place][:at] + digit + texts[place][at + 1 :]
    return texts


def _stdnum_says(number: str) -> bool:
    """As ``ric.is_valid``, but for the list of divisions, which lacks abolished and unassigned ones."""
    if len(number) != 18 or not number[:17].isdigit() or number[17] != ric.calc_check_digit(number):
        return False
    try:
        ric.get_birth_date(number)
    except ric.InvalidComponent:
        return False
    return True


@pytest.mark.slow
def test_sql_intake_and_stdnum_agree_on_a_million_numbers() -> None:
    texts = _generated(1_000_000)
    con = open_work()
    con.register("cells", pa.table({"number": texts}))
    found = con.execute(f"select {ids.valid_sql('number')} as ok from cells").to_arrow_table()["ok"].to_pylist()
    expected = [_stdnum_says(text) for text in texts]
    assert found == expected
    assert 600_000 < sum(expected) < 800_000
    assert [is_valid(text) for text in texts] == expected


def test_extended_numbers_are_valid_by_stdnum() -> None:
    con = open_work()
    short = [text[:6] + text[8:17] for text in _generated(2_000) if text[6:8] == "19" and _stdnum_says(text)]
    con.register("cells", pa.table({"number": short}))
    long = con.execute(f"select {ids.extended_sql('number')} as number from cells").to_arrow_table()["number"]
    assert len(short) > 500
    assert all(_stdnum_says(number) for number in long.to_pylist())
