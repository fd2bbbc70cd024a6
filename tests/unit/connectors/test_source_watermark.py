"""Watermarks: what counts as new, what is remembered, how marks survive being written down."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from connectors.sources import watermark
from connectors.sources.errors import ConfigurationError
from connectors.sources.watermark import Mark, Reading, before, from_note, to_note

TODAY = date(2020, 7, 3)
NOON = datetime(2020, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def read(
    seen: list[str], start: Mark | None, rows: list[tuple[object, str]], overlap: int | timedelta = HOUR
) -> tuple[Reading, list[str]]:
    reading = Reading(seen, start, overlap, TODAY)
    return reading, [cell for mark, cell in rows if reading.is_new(mark, [cell])]


def test_the_overlap_gives_only_what_was_not_delivered() -> None:
    first, new = read([], None, [(NOON - 2 * HOUR, "a"), (NOON - HOUR / 2, "b"), (NOON, "c")])
    assert (new, first.mark) == (["a", "b", "c"], NOON)
    again = [(NOON - HOUR / 2, "b"), (NOON - HOUR / 4, "late"), (NOON, "c"), (NOON + HOUR, "d")]
    second, new = read(first.remembered(), first.mark, again)
    assert (new, second.mark) == (["late", "d"], NOON + HOUR)


def test_a_row_that_changed_back_within_the_overlap_is_new_again() -> None:
    seen: list[str] = []
    for minute, content in enumerate(("paid", "unpaid", "paid")):
        reading, new = read(seen, NOON, [(NOON + timedelta(minutes=minute), content)])
        seen = reading.remembered()
        assert new == [content]


def test_rows_without_a_mark_are_delivered_once() -> None:
    first, new = read([], NOON, [(None, "x")])
    assert new == ["x"]
    assert read(first.remembered(), NOON, [(None, "x"), (None, "y")])[1] == ["y"]


def test_the_future_does_not_move_the_mark_and_is_remembered() -> None:
    reading, new = read([], None, [(NOON, "a"), (datetime(2099, 1, 1, tzinfo=UTC), "b")])
    assert (reading.mark, new) == (NOON, ["a", "b"])
    assert read(reading.remembered(), NOON, [(datetime(2099, 1, 1, tzinfo=UTC), "b")])[1] == []


@pytest.mark.parametrize("zone", [SHANGHAI, UTC, None])
def test_a_time_of_this_evening_does_not_move_the_mark(zone: tzinfo | None) -> None:
    now = datetime(2020, 7, 3, 10, tzinfo=SHANGHAI)
    seen, evening = (when.astimezone(zone or SHANGHAI).replace(tzinfo=zone) for when in (now - HOUR, now + 9 * HOUR))
    reading = Reading([], None, HOUR, now)
    assert [reading.is_new(mark, [str(mark)]) for mark in (seen, evening)] == [True, True]
    assert reading.mark == seen


def test_an_overlap_fuller_than_memory_is_delivered_again_rather_than_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watermark, "MOST_FINGERPRINTS", 3)
    rows: list[tuple[object, str]] = [(NOON, str(number)) for number in range(10)]
    first, new = read([], None, rows)
    assert (len(new), len(first.remembered())) == (10, 3)
    assert read(first.remembered(), NOON, [*rows, (NOON, "new")])[1] == [*map(str, range(7)), "new"]


@pytest.mark.parametrize(
    "mark",
    [7, Decimal("7.5"), TODAY, NOON, datetime(2020, 7, 1, 12, 0, 0, 123456), "2020-07-01"],  # noqa: DTZ001
)
def test_a_mark_survives_being_written_down(mark: Mark) -> None:
    assert from_note(to_note(mark)) == mark
    assert type(from_note(to_note(mark))) is type(mark)


@pytest.mark.parametrize(
    ("mark", "overlap", "start"),
    [
        (10, 3, 7),
        (NOON, HOUR, NOON - HOUR),
        (TODAY, timedelta(hours=30), date(2020, 7, 1)),
        ("x", 0, "x"),
    ],
)
def test_where_the_next_pull_begins(mark: Mark, overlap: int | timedelta, start: Mark) -> None:
    assert before(mark, overlap) == start


@pytest.mark.parametrize(("mark", "overlap"), [(10, HOUR), (NOON, 3), ("x", 3)])
def test_an_overlap_that_does_not_fit(mark: Mark, overlap: int | timedelta) -> None:
    with pytest.raises(ConfigurationError, match="overlap"):
        before(mark, overlap)
