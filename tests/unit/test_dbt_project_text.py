"""Promises that the text of the dbt project keeps, read without running dbt."""

from __future__ import annotations

import csv
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.generate.rule_models import generated, rule_id_of

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
MODELS = sorted(PROJECT.glob("models/**/*.sql"))
SQL = sorted([*MODELS, *PROJECT.glob("macros/**/*.sql")])
LEDGERS = {
    "真贫不落一人", "资金不落一分", "政策不落一项", "产业扶贫不落一户", "健康脱贫不落一家", "搬迁不落一宅",
    "帮扶不落一方", "不少一村",
}  # fmt: skip


def _seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _described() -> dict[str, dict[str, Any]]:
    models = {}
    for path in PROJECT.glob("models/*/_*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            models[model["name"]] = model
    return models


def _code(path: Path) -> str:
    """SQL without comments, column types and date-part patterns: what is left computes."""
    text = re.sub(r"\{#.*?#\}", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"--[^\n]*", " ", text)
    return re.sub(r"decimal\(\d+, \d+\)", " ", text)


def _ways_to_write(value: str) -> set[str]:
    """A document's value as somebody might type it: 0.85 also as 85 percent, a day also without its dashes."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        parts = [part for part in value.split("..") if len(part) > len("true") and any(map(str.isdigit, part))]
        return {way for part in parts for way in (part, part.replace("-", ""), *_as_arguments(part))}
    ways = {value, f"{number.normalize():f}"}
    if 0 < number < 1:
        ways |= {value.removeprefix("0"), f"{(number * 100).normalize():f}"}
    return ways


def _as_arguments(day: str) -> set[str]:
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", day)
    return {", ".join(str(int(part)) for part in found.groups())} if found else set()


def _values_of_documents() -> set[str]:
    """Policy values and control totals that are not ours, in all ways; one digit alone is judged where it stands."""
    values = {row["value"] for row in _seed("policy_parameters") if row["origin"] != "ours"}
    values |= {row[column] for row in _seed("control_totals") for column in ("value", "as_of")}
    ways = {way for value in values for way in _ways_to_write(value)}
    return {way for way in ways if len(way) > 1 and any(map(str.isdigit, way))}


def _figures_in(code: str, policed: set[str]) -> set[str]:
    either = "|".join(re.escape(figure) for figure in sorted(policed, key=len, reverse=True))
    return set(re.findall(rf"(?<![\w.-])(?:{either})(?![\w.-])", code))


STRUCTURE = {
    "rule_r001_identity_follows_register.sql": {"2", "12"},
    "rule_r006_match_buckets.sql": {"3"},
    "rule_r090_chronic_visits.sql": {"12", "13"},
    "rule_r094_doubtful_stays.sql": {"6"},
    "rule_r105_project_in_order.sql": {"3", "4"},
    "rule_r110_finished_and_accepted.sql": {"3"},
    "rule_r140_covered_above_line.sql": {"7"},
    "rule_r143_allowance_level.sql": {"6"},
    "rule_r187_subsidy_to_the_right_person.sql": {"6"},
    "rules_housing.sql": {"3"},
}
"""Numbers that stand in rules: months of a year, steps of a project, digits of an area code, members of a list."""


def _numbers_in(code: str) -> set[str]:
    """Whatever a rule counts or compares with, apart from none and one."""
    return set(re.findall(r"(?<![\w.'-])\d+(?:\.\d+)?(?![\w-])", code)) - {"0", "1"}


def test_no_value_of_a_document_stands_in_sql() -> None:
    policed = _values_of_documents()
    assert {"30", "85", "0.98", "3720", "4000", "1020", "2018-06-30", "2020-06-30", "2020, 6, 30"} <= policed
    for path in SQL:
        found = _figures_in(_code(path), policed)
        assert not found, f"{path.name} holds {found}"


def test_a_rule_holds_no_number_and_no_day_of_its_own() -> None:
    rules = [*(PROJECT / "models" / "rules").glob("*.sql"), *PROJECT.glob("macros/rules*.sql")]
    for path in rules:
        numbers = _numbers_in(_code(path)) - STRUCTURE.get(path.name, set())
        assert not numbers, f"{path.name} counts with {numbers}"
    for path in SQL:
        days = set(re.findall(r"\d{4}-\d\d-\d\d", _code(path)))
        assert days <= {"1900-01-01"}, f"{path.name} knows {days}"


@pytest.mark.parametrize(
    "literal",
    ["3720", "85", "0.85", ".85", "4000", "65", "1020", "'2018-06-30'", "date '2018-06-30'", "20180630", "2018, 6, 30"],
)
def test_a_value_of_a_document_in_a_model_would_be_seen(literal: str) -> None:
    code = _code(PROJECT / "models" / "rules" / "rule_r140_covered_above_line.sql")
    assert not _figures_in(code, _values_of_documents())
    assert _figures_in(f"{code} and npc < {literal}", _values_of_documents())


@pytest.mark.parametrize("number", ["4", "14", "3", "5", "0.2"])
def test_a_number_of_one_digit_in_a_rule_would_be_seen(number: str) -> None:
    code = _code(PROJECT / "models" / "rules" / "rule_r090_chronic_visits.sql")
    assert _numbers_in(f"{code} and visits >= {number}") - _numbers_in(code) == {number}


EVERYWHERE = {"100", "200", "30"}
"""Percent, HTTP, widths and seconds: a document's use of these figures in Python is policed by review."""
ELSEWHERE = {
    "0.01": {"cells.py", "totals.py"},
    "0.8": {"totals.py"},
    "0.80": {"publication.py"},
    "28": {"issues.py", "normalise.py"},
    "68": {"biff_scan.py"},
    "4000": {"sniff.py"},
    "5000": {"templates.py", "steps.py", "mending.py", "workbooks.py"},
    "2020-12-31": {"identities.py", "decide.py"},
    "20200630": {"templates.py", "periods.py"},
    "2020, 6, 30": {"steps.py", "config.py"},
}
"""Figures that are also a limit of ours, a rounding or an example, and the only files in which they are."""
PYTHON = ("connectors", "dags", "expectations", "identity", "pipeline", "service")


def _python_code(text: str) -> str:
    """Without comments, however it groups its digits."""
    return re.sub(r"(?<=\d)_(?=\d)", "", re.sub(r"#[^\n]*", " ", text))


def test_no_value_of_a_document_stands_in_python() -> None:
    policed = _values_of_documents() - EVERYWHERE
    assert {"0.98", "0.85", "85", "4000", "4176", "2531", "1020", "2020-06-30"} <= policed
    root = PROJECT.parent
    for path in (path for folder in PYTHON for path in (root / folder).rglob("*.py")):
        allowed = {figure for figure, files in ELSEWHERE.items() if path.name in files}
        found = _figures_in(_python_code(path.read_text(encoding="utf-8")), policed) - allowed
        assert not found, f"{path.name} holds {found}"


@pytest.mark.parametrize(
    "code",
    [
        "line = 4176",
        "_LINE = 4_176",
        'share = Decimal("0.85")',
        "share = 85",
        'day = "2020-06-30"',
        "date(2018, 6, 30)",
    ],
)
def test_a_value_of_a_document_in_python_would_be_seen(code: str) -> None:
    policed = _values_of_documents() - EVERYWHERE
    assert _figures_in(_python_code(code), policed)
    assert not _figures_in(_python_code(f"# {code}"), policed)


def test_every_open_question_of_the_documents_has_its_parameter_with_a_default() -> None:
    asked = {
        f"Q{number}"
        for row in _seed("policy_parameters")
        if row["value"] and row["note"]
        for number in re.findall(r"Q(\d\d)", row["note"])
    }
    assert asked == {f"Q{number:02d}" for number in range(1, 25)}


def test_every_open_question_says_what_is_read_where_the_other_reading_shows_and_what_tests_it() -> None:
    params = {row["param_id"]: row for row in _seed("policy_parameters")}
    tests = {test["name"] for test in _unit_tests()}
    for path in (PROJECT.parent / "tests").rglob("test_*.py"):
        tests |= set(re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    found = {row["question"]: row for row in _seed("open_questions")}
    assert set(found) == {f"Q{number:02d}" for number in range(1, 25)}
    for question, row in found.items():
        assert set(row["params"].split()) <= set(params), question
        assert row["reported_where"], question
        assert not row["test"] or row["test"] in tests, question
        assert row["test"] or row["status"] in {"declared", "not_run"}, question


STRUCTURAL = {"authority_identity", "water_targets", "default_population", "area_precedence"}
"""Readings that are the shape of the tables: which side owns a value, a target each, whom a number counts."""


def test_a_reading_that_policy_is_said_to_choose_is_read_or_said_to_be_missing() -> None:
    readers = "".join(path.read_text(encoding="utf-8") for path in SQL)
    readers += "".join(path.read_text(encoding="utf-8") for path in (PROJECT.parent / "pipeline").rglob("*.py"))
    readers += (PROJECT / "seeds" / "indicators_registry.csv").read_text(encoding="utf-8")
    for row in _seed("open_questions"):
        if row["status"] in {"by_policy", "both_shown"}:
            unread = {param for param in row["params"].split() if param not in readers} - STRUCTURAL
            assert all(param in row["reported_where"] for param in unread), (row["question"], unread)
            assert not unread or "未实现" in row["reported_where"], row["question"]


def _unit_tests() -> list[dict[str, Any]]:
    found = []
    for path in PROJECT.glob("models/*/_*.yml"):
        found += yaml.safe_load(path.read_text(encoding="utf-8")).get("unit_tests", [])
    return found


def test_every_rule_has_a_unit_test_and_every_way_to_fail_is_expected_in_one() -> None:
    """The words of ``detail`` that a rule can give, as far as they stand in its text, are all expected somewhere."""
    expected: dict[str, set[str]] = {}
    for test in _unit_tests():
        details = {str(row.get("detail") or "") for row in test["expect"].get("rows") or []}
        expected.setdefault(test["model"], set()).update(details)
    for path in (PROJECT / "models" / "rules").glob("*.sql"):
        assert path.stem in expected, f"{path.stem} has no unit test"
        missing = {d for d in _details(_code(path)) if not any(d in found for found in expected[path.stem])}
        assert not missing, f"{path.stem}: {missing}"


ONE = ("person_uid", "person_key", "row_key", "household_key", "source_row", "hh_no")
"""Columns that say whose a row is, the narrowest first."""
MANY = ("sector", "entity", "indicator", "area_code", "period")
"""Columns that say it together, where a row belongs to nobody."""


def _whose(row: dict[str, Any]) -> tuple[str, ...]:
    one = next((str(row[column]) for column in ONE if row.get(column)), None)
    return (one,) if one else tuple(str(row[column]) for column in MANY if row.get(column))


def test_every_rule_lets_somebody_pass_in_a_unit_test() -> None:
    """Of those who are given, one at least does not stand among the findings that are expected."""
    passing = set()
    for test in _unit_tests():
        findings = [set(map(str, row.values())) for row in test["expect"].get("rows") or []]
        found = [{part for text in finding for part in re.split(r"[|/]", text)} for finding in findings]
        rows = [row for given in test["given"] for row in given.get("rows") or [] if isinstance(row, dict)]
        if any(who and not any(set(who) <= one for one in found) for who in map(_whose, rows)):
            passing.add(test["model"])
    missing = {path.stem for path in (PROJECT / "models" / "rules").glob("*.sql")} - passing
    assert not missing


def _details(code: str) -> set[str]:
    """``'x' as detail``, endings of ``feed.x``, branches of ``case … end as detail``, pairs of a loop over details."""
    found = set(re.findall(r"'(\w+)' as detail\b", code)) | set(re.findall(r"\}\}(\.\w+)' as detail\b", code))
    for block in re.findall(r"\bcase\b((?:(?!\bcase\b).)*?)\bend\b[^,]*?\bas detail\b", code, re.DOTALL):
        found |= set(re.findall(r"(?:then|else) '(\w+)'", block))
    if "'{{ detail }}'" in code:
        found |= set(re.findall(r"[\[,]\s*\(\s*'([a-z]\w+)',", code))
    return found


def test_every_verdict_of_a_rule_is_expected_in_a_unit_test() -> None:
    expected: dict[str, set[str]] = {}
    for test in _unit_tests():
        verdicts = {str(row["verdict"]) for row in test["expect"].get("rows") or [] if "verdict" in row}
        expected.setdefault(test["model"], set()).update(verdicts)
    missing = {}
    for path in (PROJECT / "models" / "rules").glob("*.sql"):
        code = _code(path)
        given = set(re.findall(r"'(\w+)' as verdict\b", code))
        for block in re.findall(r"\bcase\b((?:(?!\bcase\b).)*?)\bend\b\s+as verdict\b", code, re.DOTALL):
            given |= set(re.findall(r"(?:then|else) '(fail|unknown|warn)'", block))
        if given - expected[path.stem] and len(given) > 1:
            missing[path.stem] = given - expected[path.stem]
    assert not missing


def test_a_number_says_whom_it_counts_and_in_what() -> None:
    for row in _seed("indicators_registry"):
        assert row["population"], row["indicator"]
        assert row["grain"], row["indicator"]


def test_subjects_of_findings_are_of_the_kinds_that_mismatches_accepts() -> None:
    described = _described()["mismatches"]["columns"]
    (column,) = (column for column in described if column["name"] == "subject_type")
    (accepted,) = (test["accepted_values"]["arguments"]["values"] for test in column["data_tests"])
    given = {
        kind
        for path in [*(PROJECT / "models" / "rules").glob("*.sql"), *PROJECT.glob("macros/rules*.sql")]
        for kind in re.findall(r"'(\w+)' as subject_type", path.read_text(encoding="utf-8"))
    }
    assert given <= set(accepted)


def test_a_list_names_a_card_or_a_registered_rule_and_its_quote() -> None:
    rules = {row["rule_id"] for row in _seed("rules")}
    for row in _seed("lists"):
        assert bool(row["card"]) != bool(row["rule_id"]), row["list_id"]
        assert not row["rule_id"] or row["rule_id"] in rules, row["list_id"]
        assert row["quote"], row["list_id"]
        assert row["document"], row["list_id"]


def test_a_severity_that_changes_on_a_day_belongs_to_a_rule_and_gets_worse() -> None:
    order = {"minor": 0, "major": 1, "critical": 2}
    rules = {row["rule_id"]: row["severity"] for row in _seed("rules")}
    for row in _seed("rule_severities"):
        assert order[row["severity"]] > order[rules[row["rule_id"]]], row["rule_id"]
        assert row["quote"], row["rule_id"]


def test_every_parameter_named_in_sql_has_a_row() -> None:
    known = {row["param_id"] for row in _seed("policy_parameters")}
    named = {name for path in MODELS for name in re.findall(r"policy\('(\w+)'", path.read_text(encoding="utf-8"))}
    named |= {row[column] for row in _seed("indicators_registry") for column in ("target_param", "deadline_param")}
    registered = _seed("indicators_registry") + _seed("rules")
    named |= {name for row in registered for name in re.split(r"[ |]", row["needed_params"])}
    assert named - {""} - known == set()


def test_a_value_from_a_document_is_quoted_and_ours_is_labelled() -> None:
    for row in _seed("policy_parameters"):
        assert row["origin"] in {"document", "ours", "sample"}
        if row["origin"] == "document":
            assert row["quote"], row["param_id"]
            assert row["document"], row["param_id"]
        elif not row["document"]:
            assert row["note"], row["param_id"]


FIVE_SECTORS = "1-9 14-15 19-23 26-33 35-37 41-44 47-49 53 80-92 94 100-110 118 120-125 128 130-136 140-150 187"
"""The rules of the documents that rest on the feeds of the five sectors and the register."""


def test_every_rule_of_the_five_sectors_is_registered() -> None:
    spans = [part.split("-") for part in FIVE_SECTORS.split()]
    asked = {f"R{number:03d}" for span in spans for number in range(int(span[0]), int(span[-1]) + 1)}
    assert asked <= {row["rule_id"] for row in _seed("rules")}


def test_every_rule_has_one_model_or_one_number_or_says_what_it_lacks() -> None:
    registry = {row["rule_id"]: row for row in _seed("rules")}
    modelled = [rule_id_of(path.stem) for path in (PROJECT / "models" / "rules").glob("*.sql")]
    assert len(modelled) == len(set(modelled))
    assert set(modelled) <= set(registry)
    numbered = {row["rule_id"] for row in _seed("indicators_registry")}
    for rule_id in set(registry) - set(modelled):
        rule = registry[rule_id]
        is_number = rule["kind"] in {"K", "N"} and rule_id in numbered
        is_policy = rule["kind"] == "P" and rule["needed_params"]
        assert rule["missing_list"] or is_number or is_policy, rule_id


def test_what_is_generated_from_the_rule_registry_is_current() -> None:
    for path, text in generated(PROJECT).items():
        assert path.read_text(encoding="utf-8") == text, "python -m pipeline.generate.rule_models"


def test_every_indicator_is_counted_and_described_once() -> None:
    """Numerator and denominator may be counted in two relations, but each in one only."""
    text = (PROJECT / "macros" / "indicators.sql").read_text(encoding="utf-8")
    facts = re.findall(r"'indicator': '(\w+)'(.*?)(?='indicator':|\Z)", text, re.DOTALL)
    counted = {indicator for indicator, _ in facts}
    of_it = r"'(numerator|denominator|unknown)':"
    parts = Counter((indicator, part) for indicator, body in facts for part in re.findall(of_it, body))
    assert sorted(counted) == sorted(row["indicator"] for row in _seed("indicators_registry"))
    assert set(parts.values()) == {1}


def test_every_rule_tells_the_clerk_what_to_do() -> None:
    for row in _seed("rules"):
        assert all(row[column] for column in ("title", "quote", "document")), row["rule_id"]
        assert row["instruction"].endswith("。"), row["rule_id"]
        assert row["category"] in LEDGERS, row["rule_id"]
        assert int(row["days_to_fix"]) > 0


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_states_its_grain_and_stays_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("-- Grain: one row per ")
    assert text.count("\n") <= 170


def test_every_model_and_column_is_described_in_both_languages() -> None:
    described = _described()
    assert {path.stem for path in MODELS} <= set(described)
    for name, model in described.items():
        texts = {name: model["description"]} | {c["name"]: c["description"] for c in model["columns"]}
        for where, text in texts.items():
            chinese, _, english = text.partition(" | ")
            assert re.search(r"[\u4e00-\u9fff]", chinese), f"{name}.{where} lacks Chinese"
            assert re.search(r"[A-Za-z]{2}", english), f"{name}.{where} lacks English"


def test_what_engines_spell_differently_stands_in_the_dialect_macros_only() -> None:
    special = re.compile(r"\b(qualify|date_diff|strftime|string_agg|unnest|to_days|to_months|split_part|regexp_\w+)\b")
    for path in SQL:
        if path.parent.name != "dialect":
            assert not special.search(_code(path)), path.name


def test_only_staging_reads_what_landed() -> None:
    for path in MODELS:
        if path.parent.name not in {"staging"}:
            sources = re.findall(r"source\('(\w+)', '(\w+)'\)", path.read_text(encoding="utf-8"))
            assert set(sources) <= {("meta", "row_codes"), ("meta", "submissions")}, path.name
