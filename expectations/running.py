"""Runs checks through Great Expectations: the only module that turns a :class:`Check` into an expectation.

Data in: checks and an open DuckDB connection. Data out: outcomes (counts only) and, if a folder is given, one JSON per
suite from which ``expectations.docs`` builds the data docs.
Not here: what is checked. Importing this module imports Great Expectations (seconds).
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import great_expectations as gx
from great_expectations import expectations as gxe
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation

from connectors.files import write_atomically
from expectations.checks import Check, GateResult, Outcome
from expectations.datasource import DuckdbDatasource

if TYPE_CHECKING:
    from great_expectations.core import (
        ExpectationSuiteValidationResult,
        ExpectationValidationResult,
    )
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
    from great_expectations.execution_engine.execution_engine import ExecutionEngine
    from great_expectations.expectations.expectation import Expectation

    from connectors.warehouse import Connection

RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0, "include_unexpected_rows": False}
"""Counts without values: Great Expectations' default would keep twenty offending values of each column."""


class ExpectNoRows(UnexpectedRowsExpectation):
    """Great Expectations' own, which asks for the number of rows and then for the rows; here the number is enough."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine[Any] | None = None,
    ) -> ExpectationValidationResult | dict[str, Any]:
        return super()._validate(
            {**metrics, "unexpected_rows_query.table": None}, runtime_configuration, execution_engine
        )


_CLASSES: dict[str, str] = {
    "has_columns": "ExpectTableColumnsToMatchSet",
    "not_null": "ExpectColumnValuesToNotBeNull",
    "unique": "ExpectColumnValuesToBeUnique",
    "unique_together": "ExpectCompoundColumnsToBeUnique",
}


def quiet_context(sites: dict[str, object] | None = None) -> EphemeralDataContext:
    """An in-memory context: no analytics, no progress bars, and no log line, since those may quote SQL results."""
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
        data_docs_sites=sites or {},
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    # It is kept nowhere, and yet would be written as YAML after every relation: a tenth of the time of a small file.
    context._save_project_config = lambda: None  # type: ignore[method-assign]
    return context


def _expectation(check: Check) -> Expectation:
    kind: Callable[..., Expectation] = ExpectNoRows if check.kind == "no_rows" else getattr(gxe, _CLASSES[check.kind])
    return kind(
        severity=check.severity,
        description=check.title,
        meta={"check": check.name},
        **check.arguments,
    )


def _raised(info: dict[str, Any]) -> bool:
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(bool(one.get("raised_exception")) for one in info.values() if isinstance(one, dict))


def _outcome(check: Check, result: ExpectationValidationResult) -> Outcome:
    if _raised(dict(result.exception_info or {})):
        return Outcome(check.name, "error", check.severity, check.title, error="ExpectationError")
    counts = result.result or {}
    observed = counts.get("unexpected_count", counts.get("observed_value"))
    return Outcome(
        name=check.name,
        status="passed" if result.success else "failed",
        severity=check.severity,
        title=check.title,
        observed=observed if isinstance(observed, int) else None,
    )


def _record(folder: Path, suite: gx.ExpectationSuite, result: ExpectationSuiteValidationResult) -> None:
    """Keep the suite's last result for the data docs; what an exception said is cut out, it may quote a value."""
    content: dict[str, Any] = result.to_json_dict()  # type: ignore[no-untyped-call]
    for one in content["results"]:
        if _raised(one.get("exception_info") or {}):
            one["exception_info"] = {
                "raised_exception": True,
                "exception_message": "检查未能运行",
                "exception_traceback": None,
            }
    text = json.dumps({"suite": suite.to_json_dict(), "result": content}, ensure_ascii=False, sort_keys=True)
    write_atomically(folder / f"{suite.name}.json", text.encode())


def run_checks(gate: str, checks: Sequence[Check], connection: Connection, *, record: Path | None = None) -> GateResult:
    """Run ``checks`` on ``connection``.

    Checks that share a relation are one suite and share its metrics. A relation that cannot be read makes each of its
    checks an error, never a pass.
    """
    context = quiet_context()
    datasource: DuckdbDatasource = context.data_sources.add_duckdb(name=gate)
    datasource.hold(connection)
    outcomes: dict[str, Outcome] = {}
    try:
        for name, group in _suites(gate, checks).items():
            for outcome in _run_group(context, datasource, name, group, record):
                outcomes[outcome.name] = outcome
    finally:
        datasource.release()
    return GateResult(gate, tuple(outcomes[check.name] for check in checks))


def _suites(gate: str, checks: Sequence[Check]) -> dict[str, list[Check]]:
    """Checks by suite: one suite per relation, named after its first check, numbered where names repeat."""
    suites: dict[str, list[Check]] = {}
    seen: Counter[str] = Counter()
    for relation in dict.fromkeys(check.relation for check in checks):
        group = [check for check in checks if check.relation == relation]
        name = ".".join([gate, *group[0].name.split(".")[1:-1]])
        seen[name] += 1
        suites[f"{name}-{seen[name]}" if seen[name] > 1 else name] = group
    return suites


def _run_group(
    context: EphemeralDataContext, datasource: DuckdbDatasource, name: str, group: Sequence[Check], record: Path | None
) -> list[Outcome]:
    suite = gx.ExpectationSuite(name=name)
    for check in group:
        suite.add_expectation(_expectation(check))
    context.suites.add(suite)
    asset = datasource.add_query_asset(name=name, query=group[0].relation)
    try:
        batch = asset.add_batch_definition_whole_table(name).get_batch()
        result = batch.validate(suite, result_format=RESULT_FORMAT)
    except Exception as problem:
        return [Outcome(c.name, "error", c.severity, c.title, error=type(problem).__name__) for c in group]
    if record is not None:
        _record(record, suite, result)
    answers = {one.expectation_config.meta["check"]: one for one in result.results if one.expectation_config}
    return [_outcome(check, answers[check.name]) for check in group]
