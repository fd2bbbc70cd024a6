"""What of dbt's error texts may be repeated."""

from __future__ import annotations

import pytest

from pipeline.candidate.build import _safe
from pipeline.pages.portal import number, percent, suppressed


def test_an_error_about_structure_is_told_whole() -> None:
    assert "nope" in str(_safe("Runtime Error in model x\n  Binder Error: Referenced column nope not found"))


@pytest.mark.parametrize(
    "message",
    [
        "Runtime Error in model x\n  Conversion Error: Could not convert string '610099197001010011' to INT32",
        "Constraint Error: Duplicate key 610099197001010011",
        "610099197001010011",
    ],
)
def test_an_error_about_values_is_only_named(message: str) -> None:
    assert "610099197001010011" not in str(_safe(message))


def test_numbers_read_as_an_officer_writes_them() -> None:
    assert [number(1234567), number(None), percent("0.985"), percent(None)] == ["1,234,567", "", "98.50%", ""]


def test_small_counts_are_hidden_but_zero_is_not() -> None:
    assert suppressed([[0, 12], [1, 10], [9, 30]]) == [["0", "12"], ["＜10", "10"], ["＜10", "30"]]


def test_a_single_hidden_count_cannot_be_told_from_the_total() -> None:
    assert suppressed([[5], [40], [20]]) == [["＜10"], ["40"], ["※"]]
    assert suppressed([[5]]) == [["＜10"]]
    assert suppressed([]) == []


def test_a_single_hidden_part_cannot_be_told_from_the_whole_of_its_row() -> None:
    """Households, of which red, yellow and green: 30 - 12 - 15 would tell the three red ones."""
    villages = [[30, 3, 12, 15], [40, 0, 15, 25], [52, 4, 20, 28], [14, 0, 14, 0]]
    assert suppressed(villages, parts=(1, 2, 3)) == [
        ["30", "＜10", "※", "15"], ["40", "0", "15", "25"], ["52", "＜10", "※", "28"], ["14", "0", "14", "0"],
    ]  # fmt: skip
    for_its_column = [[30, 3, 27], [60, 0, 60], [40, 40, 0]]
    assert suppressed(for_its_column, parts=(1, 2)) == [
        ["30", "＜10", "※"], ["60", "0", "60"], ["40", "※", "※"],
    ]  # fmt: skip
