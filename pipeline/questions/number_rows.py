"""The rows behind a number: which people, households or projects an indicator counts, masked.

Data in: ``indicator_members`` and ``indicators`` of a publication. Data out: rows for ``onetable number X --rows``.
Not here: what an indicator counts (dbt_project/macros/indicators.sql), and anything unmasked.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipeline.publication.reports import IN_AREA, Row, condition, query_published

if TYPE_CHECKING:
    from pipeline.settings import Settings


MONEY = "分"
"""Grain of a number that sums money."""

PARTS = ("numerator", "denominator", "unknown")
"""Which of its numbers a row is asked for: those that count, those that should, those nobody knows about."""


def grain(settings: Settings, indicator: str, as_of: date | None = None) -> str:
    """What a number counts: 人, 户, 个, or money in fen."""
    found = query_published(
        settings, as_of, "select any_value(grain) as grain from masked.indicators where indicator = ?", [indicator]
    )
    return str(found[0]["grain"])


class UnknownIndicatorError(Exception):
    """No such indicator, or it could not be computed; the message is Chinese and says which."""


def members(
    settings: Settings, indicator: str, *, part: str = "numerator", area: str | None = None, as_of: date | None = None
) -> list[Row]:
    """The subjects that ``indicator`` counts in ``part``, in the county or in ``area`` and below.

    Their ``amount`` adds up to the indicator's own number, both come from one condition: one each, so that there are as
    many rows as the number says; for a number of money, what each stay's bill adds to it, in fen.

    Raises:
        UnknownIndicatorError: the indicator does not exist, or its feeds were never received.
    """
    if part not in PARTS:
        raise ValueError(f"part is one of {PARTS}")
    known = query_published(
        settings, as_of, "select distinct status from masked.indicators where indicator = ?", [indicator]
    )
    if not known:
        raise UnknownIndicatorError(f"没有指标 {indicator}。")
    if known[0]["status"] != "ok":
        raise UnknownIndicatorError(f"指标 {indicator} 未运行:所需报表从未收到。")
    where, parameters = condition({f"{part}_of like '%,' || ? || ',%'": indicator, IN_AREA: area})
    amount = "1" if part == "unknown" else f"{part}_amount"
    return query_published(
        settings,
        as_of,
        f"select subject_type, subject_key, subject_label, area_code, {amount} as amount from masked.indicator_members"
        f" where {where} order by area_code nulls first, subject_type, subject_key",
        parameters,
    )
