"""A season of forty nights: every issue's state, owner and dates are as its case was scripted, on every night."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.warehouse import Connection
from pipeline.ledger import dates, night, state
from pipeline.ledger.events import broken_links
from simulator.season import NIGHTS, Season, Truth, day, make_season
from tests.builders.season import decide, issue_ids, opened, play

pytestmark = pytest.mark.slow

_COLUMNS = (
    "state, owner, found_on, due_on, is_overdue, returned_why is not null as is_returned, is_undecided, cleared_on,"
    " progress::double as progress, baseline_status"
)


def _issues(con: Connection) -> dict[str, Truth]:
    found = con.execute(f"select issue_id, {_COLUMNS} from issue_state").fetchall()
    return {issue: Truth(*values) for issue, *values in found}


def _wanted(con: Connection, season: Season, number: int) -> dict[str, Truth]:
    ids = issue_ids(con)
    return {ids[key]: truth for key, truth in season.truth(number).items()}


@pytest.fixture(scope="module")
def played() -> dict[str, Any]:
    """The whole season, with what stood in the ledger after each night."""
    days = {rule.rule_id: rule.days_to_fix or 0 for rule in dates.rules().values()}
    season = make_season(11, days)
    con = opened()
    seen, batches, wanted = [], [], []
    for number in range(NIGHTS):
        done = play(con, season, number)
        assert done.is_new
        seen.append(_issues(con))
        wanted.append(_wanted(con, season, number))
        decide(con, season, number)
        batches.append(done.batch_seq)
    return {"con": con, "season": season, "seen": seen, "wanted": wanted, "batches": batches}


def test_every_issue_is_as_its_case_was_scripted_on_every_night(played: dict[str, Any]) -> None:
    scripts = {case.number: case.script for case in played["season"].cases}
    cases = {issue: key for key, issue in issue_ids(played["con"]).items()}
    wrong = [
        (number, scripts[cases[issue][0]], cases[issue], found.get(issue), wanted.get(issue))
        for number, (found, wanted) in enumerate(zip(played["seen"], played["wanted"], strict=True))
        for issue in sorted(found.keys() | wanted.keys())
        if found.get(issue) != wanted.get(issue)
    ]
    assert wrong == []


def test_no_difference_is_lost_and_none_is_open_twice(played: dict[str, Any]) -> None:
    con, season = played["con"], played["season"]
    rounds = {(case.number, place) for case in season.cases for place, _ in enumerate(case.lives, start=1)}
    assert set(issue_ids(con)) == rounds
    twice = "select case_id from issue_state where is_open group by case_id having count(*) > 1"
    assert con.execute(twice).fetchall() == []


def test_every_past_night_is_recomputed_to_what_it_was(played: dict[str, Any]) -> None:
    con = played["con"]
    for number, batch in enumerate(played["batches"]):
        assert night.state_after(con, cut=batch) == day(number)
        sealed = con.execute("select state_sha256 from wh.ledger.batches where batch_seq = ?", [batch]).fetchall()
        assert sealed == [(state.state_sha256(con),)]
        assert _issues(con) == played["seen"][number]


def test_the_chain_holds_and_shows_any_change(played: dict[str, Any]) -> None:
    con = played["con"]
    assert list(broken_links(con, night.LEDGER)) == []
    con.execute("begin")
    con.execute("update wh.ledger.events set after = 'x' where event_seq = 5")
    assert list(broken_links(con, night.LEDGER)) == [played["batches"][0]]
    con.execute("rollback")


def test_a_reopened_issue_names_the_former_one(played: dict[str, Any]) -> None:
    con = played["con"]
    night.state_after(con)
    again = con.execute("select issue_id, reopened_from from issue_state where round > 1").fetchall()
    assert again
    assert all(issue == f"{former}-2" for issue, former in again)


def test_the_same_run_again_and_an_older_day_add_nothing(played: dict[str, Any]) -> None:
    con, last = played["con"], played["batches"][-1]
    before = con.execute("select count(*) from wh.ledger.events").fetchall()
    for number, run in ((NIGHTS - 1, f"run{NIGHTS - 1}"), (3, "another")):
        state.make_pending(con)
        done = night.run_night(con, "610099", day(number), run, f"folder{number}")
        assert not done.is_new
        assert done.batch_seq == last
    assert con.execute("select count(*) from wh.ledger.events").fetchall() == before
