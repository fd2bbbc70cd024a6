"""The lists whose rows are about people or households of the register: data that links, proposals and clusters read.

Data in: nothing but this table and the contracts. Data out: :data:`ROSTERS`.
Not here: what becomes of the rows (identity/candidates.py, identity/clusters.py, dbt_project/macros/identity.sql).
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.contract import load_feed

_HOUSEHOLD_GROUP = "HH"


@dataclass(frozen=True)
class Roster:
    """A feed whose rows should each be about one person or one household of the register."""

    sector: str
    entity: str
    linked: str
    """Model of the rows that are linked or may be."""
    condition: str = "true"
    """Which rows of the staging model count; ``{year}`` is the year of the day."""
    is_of_households: bool = False
    is_due: bool = False
    """Register people should stand in it: a row under somebody else's right id is looked at if it bears their name."""
    holds_many: bool = False
    """One person may stand in many rows: nobody is accounted for by one of them."""
    sort: str = "''"
    """SQL over ``row``: what else than the person may tell two rows apart."""

    @property
    def feed(self) -> str:
        """``sector/entity``."""
        return f"{self.sector}/{self.entity}"

    @property
    def table(self) -> str:
        """``sector__entity``."""
        return f"{self.sector}__{self.entity}"

    @property
    def hh_no(self) -> str:
        """SQL over ``raw``: the register's household number; null where the contract has none, or one of its own."""
        columns = load_feed(self.sector, self.entity).columns
        has_one = any(column.name == "hh_no" and column.group == _HOUSEHOLD_GROUP for column in columns)
        return "raw.hh_no" if has_one else "null::varchar"


ROSTERS = (
    Roster(
        "medical", "enrolments", "int_medical_rows", "row.ins_year = '{year}'", is_due=True,
        sort="coalesce(row.scheme, 'basic')",
    ),
    Roster("education", "enrolments", "int_education_rows", is_due=True),
    Roster("civil_affairs", "dibao", "int_dibao_rows", is_due=True),
    Roster("civil_affairs", "tekun", "int_tekun_rows"),
    Roster("civil_affairs", "disability", "int_disability_rows"),
    Roster("medical", "inpatient_claims", "int_claim_rows", holds_many=True),
    Roster("medical", "chronic_visits", "int_chronic_rows", holds_many=True),
    Roster("education", "aid_payments", "int_aid_rows", holds_many=True),
    Roster("housing", "appraisals", "int_appraisal_rows", is_of_households=True),
    Roster("housing", "retrofits", "int_retrofit_rows", is_of_households=True),
    Roster("water", "household_water", "int_water_rows", is_of_households=True),
)  # fmt: skip

PERSON_ROSTERS = tuple(roster for roster in ROSTERS if not roster.is_of_households)
HOUSEHOLD_FEEDS = frozenset(roster.feed for roster in ROSTERS if roster.is_of_households)
EVENT_FEEDS = frozenset(roster.feed for roster in ROSTERS if roster.holds_many)
