"""What a gate answers, without running anything."""

from __future__ import annotations

import re

from expectations.checks import GateResult, Outcome, failed_gate, no_rows
from expectations.publication import RESIDENT_ID, Candidate, suite


def an_outcome(status: str = "passed", severity: str = "critical") -> Outcome:
    return Outcome("marts.x.y", status, severity, "标题")  # type: ignore[arg-type]


def test_a_gate_without_a_single_check_has_not_passed() -> None:
    assert not GateResult("publication").success


def test_a_critical_check_holds_whether_it_failed_raised_or_did_not_run() -> None:
    for status in ("failed", "error", "not_run"):
        assert not GateResult("publication", (an_outcome(), an_outcome(status))).success


def test_a_warning_does_not_hold_but_shows() -> None:
    result = GateResult("publication", (an_outcome(), an_outcome("failed", "warning"), an_outcome("error", "warning")))
    assert result.success
    assert len(result.warnings) == 2


def test_a_gate_that_raised_names_the_kind_of_error_only() -> None:
    result = failed_gate("publication", ValueError("610099197001010011"))
    assert not result.success
    assert result.critical_failures[0].error == "ValueError"
    assert "610099197001010011" not in str(result.to_json())


def test_a_custom_check_selects_no_column_and_keeps_its_braces() -> None:
    query = str(no_rows("a.b.c", "select 1", "regexp_matches(x, '^[0-9]{3}$')", "critical", "t").arguments)
    assert "select 1 as breach from {batch}" in query
    assert "{{3}}" in query


def test_check_names_are_unique() -> None:
    names = [check.name for check in suite(Candidate({"mismatches": ("actual",)}))]
    assert len(names) == len(set(names))


def test_a_resident_id_is_found_only_where_it_stands_by_itself() -> None:
    for text in ("610099197001010011", "证号61009919700101001X,", "a 610099197001010011"):
        assert re.search(RESIDENT_ID, text)
    for text in ("610099101201000000000001", "ab610099197001010011", "610099199913010011", "**************0011"):
        assert not re.search(RESIDENT_ID, text)
