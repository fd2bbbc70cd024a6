"""What the last night did, kept in ``state/last_run.json`` and brought up to date by every step.

Data in: the outcome of a step. Data out: :class:`RunReport`, for ``onetable status``, the site and the operator.
Not here: the steps, and anything about a person: names of models and checks, counts and seconds only.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from connectors.files import write_atomically

if TYPE_CHECKING:
    from pipeline.settings import Settings


@dataclass(frozen=True)
class RunReport:
    """What one night did.

    ``outcome`` is published, published_beside (an older day than the one in force), unchanged, empty (nothing has been
    received yet), held, failed, or, where the night stopped half-way, built or gated.
    """

    as_of: str
    run_id: str
    outcome: str
    export_sha256: str | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)
    gate: dict[str, Any] = field(default_factory=dict)
    models: list[dict[str, Any]] = field(default_factory=list)
    pushed: dict[str, int] = field(default_factory=dict)
    problem: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The form of ``state/last_run.json`` and of ``onetable reconcile --json``."""
        return asdict(self)


def record(settings: Settings, report: RunReport) -> None:
    """Keep ``report`` as the last night's."""
    text = json.dumps(report.to_json(), ensure_ascii=False, indent=1, sort_keys=True)
    write_atomically(settings.state / "last_run.json", text.encode())


def last(settings: Settings) -> RunReport | None:
    """The last night's report, or None before the first."""
    path = settings.state / "last_run.json"
    return RunReport(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def note(settings: Settings, run: Mapping[str, Any], step: str, began: float, **changes: Any) -> float:  # noqa: ANN401
    """Bring the record of ``run`` up to date after a step; returns the step's seconds.

    Another night may have written its own record between two steps of this one. What has come out of this one then
    begins a record of its own; a step without an outcome is not noted under the other's name.
    """
    seconds = round(time.monotonic() - began, 3)
    report = last(settings)
    if report is None or (report.as_of, report.run_id) != (run["as_of"], run["run_id"]):
        if "outcome" not in changes:
            return seconds
        report = RunReport(run["as_of"], run["run_id"], changes["outcome"])
    steps = [*report.steps, {"name": step, "seconds": seconds}]
    record(settings, replace(report, steps=steps, **changes))
    return seconds
