"""Holds a candidate against the publication suite; what does not pass is not published.

Data in: a candidate file. Data out: the gate's result, kept in ``state/gate-<run>.json`` so that the publishing step,
which may run in another process, publishes nothing that no gate has passed.
Not here: the checks (expectations/).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.files import sha256_of, write_atomically
from expectations.checks import GateResult

if TYPE_CHECKING:
    from pipeline.settings import Settings


class GateFailedError(Exception):
    """The candidate did not pass: a critical check failed, raised or could not run. The last publication stays."""

    def __init__(self, summary: dict[str, Any], result: GateResult | None = None) -> None:
        named = ";".join(f"{one.title}({one.name})" for one in (result.critical_failures[:5] if result else ()))
        super().__init__(f"未通过发布关口:{named or '没有通过记录'}。上一次发布保持不变。")
        self.summary = summary


def gate(settings: Settings, candidate: Path, run_id: str) -> dict[str, Any]:
    """Check ``candidate``; returns the small form of the result.

    Raises:
        GateFailedError: with the same form as ``summary``.
    """
    from expectations.gate import check_publication

    verdict = _verdict_path(settings, run_id)
    verdict.unlink(missing_ok=True)
    result = check_publication(
        candidate, threads=settings.threads, memory_limit=settings.memory_limit, record=settings.state / "gx"
    )
    summary = summarise(result)
    if not result.success:
        raise GateFailedError(summary, result)
    kept = {**summary, "candidate_sha256": sha256_of(candidate)}
    write_atomically(verdict, json.dumps(kept, ensure_ascii=False, sort_keys=True).encode())
    return summary


def passed(settings: Settings, run_id: str, candidate: Path | None = None) -> dict[str, Any]:
    """The result of the gate that ``run_id`` passed.

    Raises:
        GateFailedError: it passed none, or the candidate is no longer the one that did.
    """
    path = _verdict_path(settings, run_id)
    if not path.is_file():
        raise GateFailedError({"passed": False, "checks": []})
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if candidate is not None and kept.pop("candidate_sha256") != sha256_of(candidate):
        raise GateFailedError({"passed": False, "checks": []})
    kept.pop("candidate_sha256", None)
    return kept


def forget(settings: Settings, run_id: str) -> None:
    """Forget the verdict on a candidate that is no more."""
    _verdict_path(settings, run_id).unlink(missing_ok=True)


def summarise(result: GateResult) -> dict[str, Any]:
    """Verdict and one line per check: names, titles and counts, nothing of any row."""
    return {
        "passed": result.success,
        "checks": [
            {
                "name": one.name,
                "severity": one.severity,
                "success": one.status == "passed",
                "status": one.status,
                "note": f"{one.title}({one.error})" if one.error else one.title,
                "observed": one.observed,
            }
            for one in result.outcomes
        ],
    }


def _verdict_path(settings: Settings, run_id: str) -> Path:
    return settings.state / f"gate-{run_id}.json"
