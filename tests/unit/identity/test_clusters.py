"""Clusters of duplicates: one cluster for whatever hangs together, the same on every run."""

from __future__ import annotations

from identity.clusters import components


def test_what_hangs_together_is_one_cluster() -> None:
    found = components([("a", "b"), ("c", "d"), ("b", "e")])
    assert found["a"] == found["b"] == found["e"]
    assert found["c"] == found["d"] != found["a"]


def test_order_and_unrelated_ties_change_no_cluster() -> None:
    ties = [("a", "b"), ("b", "e"), ("c", "d")]
    once = components(ties)
    assert components(reversed(ties)) == once
    more = components([*ties, ("x", "y")])
    assert {member: more[member] for member in once} == once
