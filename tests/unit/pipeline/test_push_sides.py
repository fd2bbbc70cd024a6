"""What a department may be shown of its own mismatches."""

from __future__ import annotations

import pytest

from connectors.contract import SECTORS
from pipeline.ledger.disclosure import SHARED, sides_of


def test_identity_is_told_since_departments_have_to_follow_the_register() -> None:
    sides = sides_of("R001", "medical/enrolments.name", "medical")
    assert (sides.sector, sides.register) == ("actual", "expected")


def test_incomes_stay_with_whoever_holds_them() -> None:
    for sector, detail in (("civil_affairs", "jd_not_in_dibao"), ("registry", "dibao_not_in_jd")):
        sides = sides_of("R144", detail, sector)
        assert sides.sector is None
        assert sides.register is None
        assert not sides.difference


@pytest.mark.parametrize("sector", SECTORS)
def test_of_an_unlisted_rule_only_the_owner_s_own_value_is_shown(sector: str) -> None:
    sides = sides_of("R999", "anything", sector)
    shown = {sides.sector, sides.register} - {None}
    assert shown == {"actual"}
    assert not sides.requirement
    assert not sides.difference


def test_the_list_names_columns_of_the_mart() -> None:
    for sides in SHARED.values():
        assert {sides.sector, sides.register} <= {None, "expected", "actual"}
