"""One night: build → gate → publish → push → document, as step functions that share only small JSON.

Data in: the warehouse and a day. Data out: a publication, the departments' workbooks, ``state/last_run.json``.
The DAG calls the steps one by one, in processes of their own; :func:`reconcile` calls them in order. A run is known by
a fingerprint of the day, the submissions that had been received by then, and the code that reads them: the same
fingerprint gives the same export, and a run that is already in force changes nothing.
Not here: what a step does (build, gate, publish, push, document). No clock is read; seconds are elapsed time only.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.faults import fault
from connectors.files import write_atomically
from connectors.warehouse import hold, open_database, open_warehouse
from pipeline import build as building
from pipeline import gate as gating
from pipeline import publish as publishing
from pipeline.push import push

if TYPE_CHECKING:
    from pipeline.settings import Settings

Progress = Callable[..., None]
Run = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent
CODE = (
    "connectors/contracts",
    "connectors/outbox/mismatches.py",
    "pipeline/export.py",
    "pipeline/publish.py",
    "pipeline/push.py",
)
"""What decides the answer beside the data and the dbt project; a change of it is a new run."""

_CODE_ENDINGS = {".sql", ".yml", ".yaml", ".csv", ".py"}
_GENERATED = {"target", "logs", "dbt_packages", "__pycache__"}
_IN_FORCE = "('accepted', 'accepted_with_errors', 'nil')"


@dataclass(frozen=True)
class RunReport:
    """What one night did; ``outcome`` is published, published_beside, unchanged or held."""

    as_of: str
    run_id: str
    outcome: str
    export_sha256: str | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)
    gate: Mapping[str, Any] = field(default_factory=dict)
    models: list[dict[str, Any]] = field(default_factory=list)
    pushed: Mapping[str, int] = field(default_factory=dict)
    problem: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The form of ``state/last_run.json`` and of ``onetable reconcile --json``."""
        return asdict(self)


def reconcile(
    settings: Settings,
    as_of: date,
    *,
    progress: Progress | None = None,
    force: bool = False,
    stop_after: str | None = None,
    project: Path = building.PROJECT,
) -> RunReport:
    """Do one night for ``as_of``; the candidate is gone afterwards, whatever happened.

    ``stop_after`` names the last step to take. A held gate is an outcome, not an exception.

    Raises:
        BuildFailedError: the candidate could not be built; the last publication stays.
    """
    tell = progress or (lambda *_: None)
    steps: list[dict[str, Any]] = []
    with hold(settings.state / "reconcile.lock", wait_seconds=settings.wait_seconds):
        try:
            run = _timed(
                steps,
                "build_candidate",
                partial(build_candidate, settings, as_of, force=force, progress=tell, project=project),
            )
            report = partial(RunReport, as_of=run["as_of"], run_id=run["run_id"], steps=steps)
            if run["outcome"] == "unchanged":
                return report(outcome="unchanged", export_sha256=run["export_sha256"])
            models = run["models"]
            if stop_after == "build_candidate":
                return report(outcome="built", models=models)
            tell("过关检查")
            try:
                gate = _timed(steps, "gate_candidate", partial(gate_candidate, settings, run))
            except gating.GateFailedError as problem:
                return _record(
                    settings, report(outcome="held", models=models, gate=problem.summary, problem=str(problem))
                )
            if stop_after == "gate_candidate":
                return report(outcome="gated", models=models, gate=gate)
            tell("发布")
            published = _timed(steps, "publish_table", partial(publish_table, settings, run, progress=tell))
            sha = published["export_sha256"]
            report = partial(report, outcome=published["outcome"], export_sha256=sha, models=models, gate=gate)
            if stop_after == "publish_table":
                return _record(settings, report())
            tell("推送问题清单")
            pushed = _timed(steps, "push_mismatches", partial(push_mismatches, settings, run))
            return _record(settings, report(pushed=pushed))
        except building.BuildFailedError as problem:
            _record(settings, RunReport(as_of.isoformat(), "", "failed", steps=steps, problem=str(problem)))
            raise
        finally:
            if stop_after not in ("build_candidate", "gate_candidate"):
                remove_candidates(settings)


def build_candidate(
    settings: Settings,
    as_of: date,
    *,
    force: bool = False,
    progress: Progress | None = None,
    project: Path = building.PROJECT,
) -> Run:
    """Build the candidate, unless its run is already in force; candidates of killed runs are removed first."""
    began = time.monotonic()
    run_id, inputs = fingerprint(settings, as_of, project)
    found = publishing.find(settings, as_of, run_id)
    run: Run = {"run_id": run_id, "as_of": as_of.isoformat(), "outcome": "built", "inputs": inputs, "models": []}
    if found is not None and not force and _is_settled(settings, found, as_of):
        manifest = json.loads((found / publishing.MANIFEST).read_text(encoding="utf-8"))
        return {**run, "outcome": "unchanged", "export_sha256": manifest["export_sha256"], "seconds": 0.0}
    remove_candidates(settings)
    nodes = building.build(settings, as_of, run_id, progress=progress, project=project)
    if fingerprint(settings, as_of, project)[1] != inputs:
        raise building.BuildFailedError([], note="构建期间收到了新的数据,请重新运行")
    models = building.to_json(nodes, _table_rows(settings, run_id))
    return {**run, "models": models, "seconds": round(time.monotonic() - began, 3)}


def gate_candidate(settings: Settings, run: Run) -> dict[str, Any]:
    """Check the candidate.

    Raises:
        GateFailedError: a critical check failed or raised; nothing is published.
    """
    fault("gate_start")
    result = gating.gate(settings, _candidate(settings, run), run["run_id"])
    fault("gate_end")
    return result


def publish_table(settings: Settings, run: Run, *, progress: Progress | None = None) -> dict[str, Any]:
    """Publish the candidate that the gate has passed; it is not needed afterwards."""
    candidate = _candidate(settings, run)
    gate = gating.passed(settings, run["run_id"], candidate)
    published = publishing.publish(
        settings,
        candidate,
        date.fromisoformat(run["as_of"]),
        run["run_id"],
        inputs=run["inputs"],
        gate=gate,
        progress=progress,
    )
    remove_candidates(settings)
    return {
        "export_sha256": published.manifest["export_sha256"],
        "folder": published.folder.name,
        "outcome": "published" if published.is_current else "published_beside",
    }


def push_mismatches(settings: Settings, run: Run) -> dict[str, int]:
    """Write the departments' workbooks, if the run is in force: an older day's list would only confuse them."""
    as_of = date.fromisoformat(run["as_of"])
    folder = publishing.find(settings, as_of, run["run_id"])
    if folder is None or publishing.current(settings) != folder.resolve():
        return {}
    fault("push_start")
    return push(settings, folder / publishing.FULL, as_of)


def document_run(settings: Settings, run: Run) -> dict[str, Any]:
    """Write the documentation site of the publication in force."""
    from pipeline.document import document

    found: dict[str, Any] = document(settings)
    return found


def fingerprint(settings: Settings, as_of: date, project: Path = building.PROJECT) -> tuple[str, list[str]]:
    """The run's id and the submissions it uses, in the order of their receipt."""
    with open_warehouse(settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds) as con:
        inputs = [
            row[0]
            for row in con.execute(
                f"select submission_id from meta.submissions where status in {_IN_FORCE} and received_on <= ?"
                " order by seq, submission_id",
                [as_of],
            ).fetchall()
        ]
    text = "\n".join([as_of.isoformat(), settings.county, code_hash(project), *inputs])
    return hashlib.sha256(text.encode()).hexdigest()[:8], inputs


def code_hash(project: Path = building.PROJECT) -> str:
    """SHA-256 over everything that decides the answer beside the data."""
    digest = hashlib.sha256()
    for root in (project, *(ROOT / name for name in CODE)):
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            inside = path.relative_to(root.parent)
            if path.suffix in _CODE_ENDINGS and path.is_file() and not _GENERATED & set(inside.parts):
                digest.update(f"{inside.as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def remove_candidates(settings: Settings) -> None:
    """Remove every candidate file, also those that killed runs left behind."""
    for path in settings.work.glob("candidate-*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _is_settled(settings: Settings, folder: Path, as_of: date) -> bool:
    """True if publishing again would change nothing: it is in force, or a later day is."""
    now = publishing.current(settings)
    if now is None:
        return False
    manifest = json.loads((now / publishing.MANIFEST).read_text(encoding="utf-8"))
    return now == folder.resolve() or str(manifest["as_of"]) > as_of.isoformat()


def _candidate(settings: Settings, run: Run) -> Path:
    path = building.candidate_path(settings, run["run_id"])
    if not path.is_file():
        raise publishing.PublishFailedError(f"候选库 {path.name} 已不在:请从 build_candidate 重新运行。")
    return path


def _table_rows(settings: Settings, run_id: str) -> dict[str, int]:
    path = building.candidate_path(settings, run_id)
    with closing(open_database(path, read_only=True)) as con:
        return dict(con.execute("select table_name, estimated_size from duckdb_tables()").fetchall())


def _timed(steps: list[dict[str, Any]], name: str, step: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    began = time.monotonic()
    try:
        return step()
    finally:
        steps.append({"name": name, "seconds": round(time.monotonic() - began, 3)})


def _record(settings: Settings, report: RunReport) -> RunReport:
    text = json.dumps(report.to_json(), ensure_ascii=False, indent=1, sort_keys=True)
    write_atomically(settings.state / "last_run.json", text.encode())
    return report
