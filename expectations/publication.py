"""The publication suite: what must hold of the candidate's marts before readers see them.

Data in: the names and columns of the candidate's relations and its policy values. Data out: checks.
Not here: the rules themselves (dbt) and running the checks. Critical holds the publication back; warning flags it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from expectations.checks import Check, has_columns, no_rows, not_null, unique

KEYS: Mapping[str, tuple[str, ...]] = {
    "one_table_person": ("person_uid",),
    "one_table_household": ("household_key",),
    "one_table_village": ("area_code",),
    "mismatches": ("mismatch_id",),
    "indicators": ("indicator", "area_code"),
    "rule_status": ("rule_id",),
    "feed_status": ("sector", "entity"),
}
"""Key of each published relation."""

NEEDED: Mapping[str, tuple[str, ...]] = {
    "mismatches": ("rule_id", "verdict", "subject_type", "subject_key", "owner", "severity"),
    "indicators": ("as_of", "area_level", "status"),
    "rule_status": ("status",),
}
"""Columns that may never be blank, beside the keys."""

FAIL_SHARE_MAX = Decimal("0.80")
"""Share of the register that one rule may fail before the publication is held: above it, a feed was misread (ours)."""
UNKNOWN_SHARE_MAX = Decimal("0.50")
"""Share of the register that one rule may leave unknown before it is flagged: a feed covers too little (ours)."""

RESIDENT_ID = (
    r"(^|[^0-9A-Za-z])[0-9]{6}(18|19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
    r"([^0-9A-Za-z]|$)"
)
"""An 18-character resident id that stands by itself: division, birth date, sequence, check character."""

_LINK_TEXTS = ("sector", "entity", "submission_id", "sheet", "tier")
_ON_OCCASION = "('replies', 'department_totals')"
_VERDICTS = "('fail', 'unknown', 'warn')"


@dataclass(frozen=True)
class Candidate:
    """What the gate has to know of a candidate before it can check it.

    ``text_columns`` names each mart's VARCHAR columns; ``has_registry`` tells whether the rule registry lies in
    ``seeds.rules``, without which the check on unrun rules cannot run; ``has_bases`` whether the numbers of the
    smallest areas lie in ``intermediate.int_indicator_bases``, without which children must add up to the last one.
    """

    text_columns: Mapping[str, tuple[str, ...]]
    has_registry: bool = True
    has_bases: bool = False


def suite(candidate: Candidate) -> list[Check]:
    """Every check of the publication, in the order in which an officer reads them."""
    return [
        *_keys(),
        *_needed(),
        *_people(),
        *_sums(candidate),
        *_ratios(),
        *_mismatches(),
        *_rules(candidate),
        *_identifiers(candidate),
    ]


def mart(relation: str) -> str:
    """The select statement that gives one mart."""
    return f"select * from marts.{relation}"


def _keys() -> list[Check]:
    checks = []
    for relation, key in KEYS.items():
        name = f"marts.{relation}"
        checks.append(has_columns(f"{name}.columns", mart(relation), key, "critical", f"{relation} 的主键列存在"))
        checks.append(unique(f"marts.{relation}.key", mart(relation), key, "critical", f"{relation} 的主键唯一"))
        checks.extend(
            not_null(f"marts.{relation}.{part}_filled", mart(relation), part, "critical", f"{relation}.{part} 无空值")
            for part in key
        )
    return checks


def _needed() -> list[Check]:
    return [
        not_null(f"marts.{relation}.{column}_filled", mart(relation), column, "critical", f"{relation}.{column} 无空值")
        for relation, columns in NEEDED.items()
        for column in columns
    ]


def _people() -> list[Check]:
    """One table, one register: nobody lost, nobody counted twice, each in a household or listed without."""
    persons = mart("one_table_person")
    return [
        no_rows(
            "marts.one_table_person.not_empty",
            "select count(*) as people from marts.one_table_person",
            "people = 0",
            "critical",
            "一张表不为空",
        ),
        no_rows(
            "marts.one_table_person.indicator",
            "select (select count(*) from marts.one_table_person) as people,"
            " (select max(numerator) from marts.indicators where indicator = 'jd_persons'"
            " and length(area_code) = (select min(length(area_code)) from marts.indicators)) as counted",
            "people is distinct from counted",
            "critical",
            "一张表的人数等于指标「建档立卡人口」",
        ),
        no_rows(
            "marts.one_table_person.household",
            persons,
            "not exists (select 1 from marts.one_table_household as h where h.household_key = subselect.household_key)"
            " and not exists (select 1 from marts.mismatches as m where m.rule_id = 'R009'"
            " and m.detail = 'person_without_household' and m.subject_key = subselect.person_uid)",
            "critical",
            "每个人所在的户都在户表中,没有的列在差异 R009",
        ),
    ]


def _sums(candidate: Candidate) -> list[Check]:
    """Numerators and denominators of the children add up to the parent's, but for what is placed in no child."""
    checks = []
    for level, child, digits, below in (
        ("prefecture", "county", 4, 6),
        ("county", "township", 6, 9),
        ("township", "village", 9, 12),
    ):
        relation = (
            "select p.indicator, p.area_code, p.numerator, p.denominator,"
            " sum(c.numerator) + coalesce(any_value(u.numerator), 0) as child_numerator,"
            " sum(c.denominator) + coalesce(any_value(u.denominator), 0) as child_denominator"
            " from marts.indicators as p inner join marts.indicators as c"
            f" on c.indicator = p.indicator and c.area_level = '{child}'"
            f" and left(c.area_code, {digits}) = p.area_code"
            f" left join ({_unplaced(candidate, level, child, digits, below)}) as u"
            " on u.indicator = p.indicator and u.area_code = p.area_code"
            f" where p.area_level = '{level}' and p.status = 'ok' group by all"
        )
        checks.append(
            no_rows(
                f"marts.indicators_{level}.children_at_most_parent",
                relation,
                "child_numerator > numerator or child_denominator > denominator",
                "critical",
                "下级之和不大于上级",
            )
        )
        checks.append(
            no_rows(
                f"marts.indicators_{level}.children_sum_to_parent",
                relation,
                "child_numerator is distinct from numerator or child_denominator is distinct from denominator",
                "critical",
                "下级之和等于上级(所在下级不明的另计)",
            )
        )
    return checks


def _unplaced(candidate: Candidate, level: str, child: str, digits: int, below: int) -> str:
    """What counts for an area of ``level`` and for none of its children: a roster may name the township alone."""
    if not candidate.has_bases:
        return "select indicator, area_code, numerator, denominator from marts.indicators where false"
    return (
        "select b.indicator, a.area_code, sum(b.numerator) as numerator, sum(b.denominator) as denominator"
        " from intermediate.int_indicator_bases as b"
        f" inner join (select distinct area_code from marts.indicators where area_level = '{level}') as a"
        f" on left(coalesce(b.area_code, ''), {digits}) = a.area_code"
        " or length(a.area_code) = (select min(length(area_code)) from marts.indicators)"
        " where not exists (select 1 from marts.indicators as k"
        f" where k.area_level = '{child}' and k.area_code = left(b.area_code, {below})) group by all"
    )


def _ratios() -> list[Check]:
    relation = f"{mart('indicators')} where status = 'ok'"
    rates = f"{mart('indicators')} where status = 'ok' and denominator is not null"
    return [
        no_rows(
            "marts.indicators_rates.value_null_iff_empty",
            rates,
            "(value is null) <> (denominator = 0)",
            "critical",
            "比率为空当且仅当分母为零",
        ),
        no_rows(
            "marts.indicators_rates.within_0_1",
            rates,
            "value < 0 or value > 1 or numerator > denominator",
            "critical",
            "比率在 0 与 1 之间,分子不大于分母",
        ),
        no_rows(
            "marts.indicators_rates.unknown_within",
            rates,
            "coalesce(unknown, 0) + numerator > denominator",
            "critical",
            "未知不当作合格:分子加未知不大于分母",
        ),
        no_rows(
            "marts.indicators_ok.not_negative", relation, "numerator < 0 or denominator < 0", "critical", "计数不为负"
        ),
        no_rows(
            "marts.indicators.not_run_has_no_value",
            mart("indicators"),
            "status <> 'ok' and (value is not null or numerator is not null)",
            "critical",
            "未运行的指标不给出数值",
        ),
    ]


def _mismatches() -> list[Check]:
    shares = (
        "select rule_id, verdict, count(distinct subject_key) as subjects,"
        " (select count(*) from marts.one_table_person) as people,"
        " (select count(*) from marts.one_table_household) as households, subject_type"
        " from marts.mismatches where subject_type in ('person', 'household') group by all"
    )
    population = "(case subject_type when 'person' then people else households end)"
    return [
        no_rows(
            "marts.mismatches.verdict",
            mart("mismatches"),
            f"verdict not in {_VERDICTS}",
            "critical",
            "差异的结论只有不符、未知、预警",
        ),
        no_rows(
            "marts.mismatches.known_rule",
            mart("mismatches"),
            "not exists (select 1 from marts.rule_status as r"
            " where r.rule_id = subselect.rule_id and r.status = 'run')",
            "critical",
            "每条差异都出自一条已运行的规则",
        ),
        no_rows(
            "marts.mismatches_share.fail",
            shares,
            f"verdict = 'fail' and subjects > {FAIL_SHARE_MAX} * {population}",
            "critical",
            f"任何规则的不符比例不超过 {FAIL_SHARE_MAX:.0%}",
        ),
        no_rows(
            "marts.mismatches_share.unknown",
            shares,
            f"verdict = 'unknown' and subjects > {UNKNOWN_SHARE_MAX} * {population}",
            "warning",
            f"任何规则的未知比例不超过 {UNKNOWN_SHARE_MAX:.0%}",
        ),
    ]


def _rules(candidate: Candidate) -> list[Check]:
    """A critical rule may stay unrun only while a feed it needs is missing; a missing feed is a warning.

    The registry's ``needed_feeds`` lists what a rule needs, parted by blanks; of ``a|b`` one is enough.
    """
    checks = [
        no_rows(
            "marts.feed_status.missing",
            mart("feed_status"),
            f"is_missing and entity not in {_ON_OCCASION}",
            "warning",
            "所有报表都已收到",
        ),
        no_rows("marts.feed_status.stale", mart("feed_status"), "is_stale", "warning", "没有过期的报表"),
        no_rows("marts.rule_status.run", mart("rule_status"), "status <> 'run'", "warning", "所有规则都已运行"),
    ]
    if candidate.has_registry:
        relation = (
            "select s.rule_id, n.needed_feeds from marts.rule_status as s inner join seeds.rules as n"
            " on n.rule_id = s.rule_id where s.status <> 'run' and n.severity = 'critical' and n.enabled"
            " and not starts_with(coalesce(s.reason, ''), '缺少政策参数')"
            " and not starts_with(coalesce(s.reason, ''), '名单未提供')"
        )
        absent = (
            "not exists (select 1 from (select unnest(string_split(subselect.needed_feeds, ' ')) as need) as needs"
            " where not exists (select 1 from marts.feed_status as f where not f.is_missing"
            " and list_contains(string_split(needs.need, '|'), f.sector || '/' || f.entity)))"
        )
        checks.append(
            no_rows("marts.rule_status_critical.run", relation, absent, "critical", "报表齐全时关键规则必须运行")
        )
    return checks


def _identifiers(candidate: Candidate) -> list[Check]:
    """No resident id stands in any text column: identifiers never reach the candidate (reliability P12)."""
    return [
        no_rows(
            f"marts.{relation}_text.no_resident_id",
            _texts(relation, columns),
            " or ".join(f"regexp_matches({column}, '{RESIDENT_ID}')" for column in _searched(relation, columns)),
            "critical",
            f"{relation} 的文字列中没有身份证号码",
        )
        for relation, columns in sorted(candidate.text_columns.items())
        if columns
    ]


def _searched(relation: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    return _LINK_TEXTS if relation == "links" else columns


def _texts(relation: str, columns: tuple[str, ...]) -> str:
    """The texts of one mart; of the row-level links only what repeats from row to row, their keys are tokens."""
    if relation == "links":
        return f"select distinct {', '.join(_LINK_TEXTS)} from marts.links"
    return f"select {', '.join(columns)} from marts.{relation}"
