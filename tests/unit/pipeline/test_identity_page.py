"""The drawn waterfall says what the written one says."""

from __future__ import annotations

import pytest

from pipeline.pages.identity_page import bars


def test_each_bar_begins_where_the_last_one_ended_and_the_last_ends_at_the_weight() -> None:
    drawn = bars("起点 -10.0 → 姓名一致 +12.0 → 证件号码不同 -3.0 → 村同村 +6.0 = +5.0")
    assert [(bar.words, bar.weight, bar.is_for) for bar in drawn] == [
        ("起点", "-10.0", False),
        ("姓名一致", "+12.0", True),
        ("证件号码不同", "-3.0", False),
        ("村同村", "+6.0", True),
    ]
    zero, unit = drawn[0].left + drawn[0].width, drawn[0].width / 10
    assert drawn[1].left == pytest.approx(drawn[0].left)
    assert drawn[3].left + drawn[3].width == pytest.approx(zero + 5 * unit)
    assert len({bar.top for bar in drawn}) == 4


def test_a_case_without_steps_draws_nothing() -> None:
    assert bars("") == []
