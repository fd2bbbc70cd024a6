"""What a gate checks and what it answers, without Great Expectations.

Data in: nothing; the suites of ``landing`` and ``publication`` build these values.
Data out: :class:`Check` (one expectation on one relation), :class:`Outcome` (its answer) and :class:`GateResult`.
Not here: running a check, or anything that imports Great Expectations (its import costs seconds).

A check never returns rows: a custom check selects the constant ``1 as breach`` for each offending row, so neither the
result, nor the store, nor the documentation can hold a value of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

Severity = Literal["critical", "warning"]
Kind = Literal[
    "has_columns",
    "not_null",
    "unique",
    "unique_together",
    "no_rows",
]
Status = Literal["passed", "failed", "error", "not_run"]


@dataclass(frozen=True)
class Check:
    """One expectation.

    ``name`` is ``<schema>.<relation>.<purpose>``; ``relation`` is the select statement that gives the batch;
    ``arguments`` are those of ``kind``; ``title`` is the Chinese sentence an officer reads.
    """

    name: str
    relation: str
    kind: Kind
    arguments: Mapping[str, object]
    severity: Severity
    title: str


@dataclass(frozen=True)
class Outcome:
    """The answer to one check: counts only, never a value. ``error`` is the class name of what was raised."""

    name: str
    status: Status
    severity: Severity
    title: str
    observed: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class GateResult:
    """The answer of a gate; ``success`` is false as soon as a critical check failed or raised."""

    gate: str
    outcomes: tuple[Outcome, ...] = field(default=())

    @property
    def critical_failures(self) -> tuple[Outcome, ...]:
        """Critical checks that failed, raised or could not run: each alone holds the data back."""
        return tuple(o for o in self.outcomes if o.severity == "critical" and o.status != "passed")

    @property
    def warnings(self) -> tuple[Outcome, ...]:
        """Warning checks that failed or raised."""
        return tuple(o for o in self.outcomes if o.severity == "warning" and o.status in ("failed", "error"))

    @property
    def not_run(self) -> tuple[Outcome, ...]:
        """Checks that were not run: shown as such, never counted as passed."""
        return tuple(o for o in self.outcomes if o.status == "not_run")

    @property
    def success(self) -> bool:
        """True if at least one check ran and no critical one is open."""
        return bool(self.outcomes) and not self.critical_failures

    @property
    def passed(self) -> bool:
        """The same as :attr:`success`, by the word that the landing step asks for."""
        return self.success

    def to_json(self) -> dict[str, object]:
        """A small form for task logs, manifests and XCom: names, titles and counts."""
        return {
            "gate": self.gate,
            "success": self.success,
            "checks": len(self.outcomes),
            "critical_failures": [asdict(o) for o in self.critical_failures],
            "warnings": [asdict(o) for o in self.warnings],
            "not_run": [asdict(o) for o in self.not_run],
            "results": [{"name": o.name, "status": o.status, "observed": o.observed} for o in self.outcomes],
        }


def failed_gate(gate: str, problem: BaseException) -> GateResult:
    """The result of a gate that raised: one critical error that names the exception's class and nothing else."""
    name = f"{gate}.run"
    return GateResult(gate, (Outcome(name, "error", "critical", "检查本身未能运行", error=type(problem).__name__),))


def no_rows(name: str, relation: str, where: str, severity: Severity, title: str) -> Check:
    """A check that no row of ``relation`` satisfies ``where`` (plain SQL; braces need no doubling here).

    In ``where`` the rows are called ``subselect``, the alias that Great Expectations gives to the batch.
    """
    query = f"select 1 as breach from {{batch}} where {where.replace('{', '{{').replace('}', '}}')}"
    return Check(name, relation, "no_rows", {"unexpected_rows_query": query}, severity, title)


def has_columns(name: str, relation: str, columns: tuple[str, ...], severity: Severity, title: str) -> Check:
    """A check that ``relation`` has every one of ``columns``; more are allowed."""
    arguments = {"column_set": sorted(columns), "exact_match": False}
    return Check(name, relation, "has_columns", arguments, severity, title)


def not_null(name: str, relation: str, column: str, severity: Severity, title: str) -> Check:
    """A check that ``column`` is filled in every row of ``relation``."""
    return Check(name, relation, "not_null", {"column": column}, severity, title)


def unique(name: str, relation: str, columns: tuple[str, ...], severity: Severity, title: str) -> Check:
    """A check that no two rows of ``relation`` agree in ``columns``."""
    if len(columns) == 1:
        return Check(name, relation, "unique", {"column": columns[0]}, severity, title)
    return Check(name, relation, "unique_together", {"column_list": list(columns)}, severity, title)
