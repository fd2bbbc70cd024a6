"""One night: build → gate → publish → ledger → push → document, as step functions that share only small JSON.

Data in: the warehouse and a day. Data out: a publication, the departments' workbooks, ``state/last_run.json``.
The DAG calls the steps one by one, in processes of their own; :func:`reconcile` calls them in order. A run is known by
a fingerprint of the day, the submissions that had been received by then, and the code that reads them: the same
fingerprint gives the same export, and a run that is already in force changes nothing.
Not here: what a step does (build, gate, publish, ledger, push, document). No clock is read; seconds are elapsed time.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.faults import fault
from connectors.files import clear_temporaries
from connectors.warehouse import hold
from expectations.gate import get_ready
from pipeline import audit, keys, records
from pipeline.candidate import build as building
from pipeline.candidate import gate as gating
from pipeline.candidate.fingerprint import code_hash, fingerprint
from pipeline.candidate.propose import propose_safely
from pipeline.ledger.night import update_ledger as run_ledger
from pipeline.night.push import push_all, pushed_last
from pipeline.night.rollback import finish_rollback
from pipeline.publication import publish as publishing
from pipeline.repository import DBT_PROJECT
from pipeline.run_record import RunReport, last, note, record

if TYPE_CHECKING:
    from pipeline.settings import Settings

__all__ = ["RunReport", "reconcile"]

Progress = Callable[..., None]
Run = dict[str, Any]

_STALE_SECONDS = 86_400


def reconcile(
    settings: Settings,
    as_of: date,
    *,
    progress: Progress | None = None,
    force: bool = False,
    stop_after: str | None = None,
    project: Path = DBT_PROJECT,
) -> RunReport:
    """Do one night for ``as_of``, up to the step named by ``stop_after``. A held gate is an outcome, not an exception.

    Raises:
        BuildFailedError: the candidate could not be built; the last publication stays.
    """
    tell = progress or (lambda *_: None)
    with hold(settings.state / "reconcile.lock", wait_seconds=settings.wait_seconds):
        is_gated = stop_after != "build_candidate"
        meanwhile = get_ready if is_gated else None
        run = build_candidate(settings, as_of, force=force, progress=tell, project=project, meanwhile=meanwhile)
        if run["outcome"] == "built" and is_gated:
            try:
                _after_build(settings, run, tell, stop_after)
            except gating.GateFailedError:
                _remove_candidate(settings, run["run_id"])
        return last(settings) or RunReport(run["as_of"], run["run_id"], run["outcome"])


def _after_build(settings: Settings, run: Run, tell: Progress, stop_after: str | None) -> None:
    tell("过关检查")
    gate_candidate(settings, run)
    if stop_after == "gate_candidate":
        return
    publish_table(settings, run, progress=tell)
    if stop_after == "publish_table":
        return
    tell("登记问题台账")
    update_ledger(settings, run)
    if stop_after == "update_ledger":
        return
    tell("推送问题清单")
    push_mismatches(settings, run)


def build_candidate(
    settings: Settings,
    as_of: date,
    *,
    force: bool = False,
    progress: Progress | None = None,
    project: Path = DBT_PROJECT,
    meanwhile: Callable[[], None] | None = None,
) -> Run:
    """Build the candidate, unless its run is already in force or nothing has been received by ``as_of``.

    ``meanwhile`` is called in a thread of its own while dbt, a process of its own, builds.
    """
    began = time.monotonic()
    _clear_left_over(settings)
    _complete_warehouse(settings)
    finish_rollback(settings)
    audit.note_policy(settings)
    code = code_hash(project)
    run_id, inputs = fingerprint(settings, as_of, code)
    run: Run = {"run_id": run_id, "as_of": as_of.isoformat(), "outcome": "built", "inputs": inputs, "models": []}
    settled = None if force else _settled(settings, as_of, run_id)
    if not inputs or settled is not None:
        _remove_candidate(settings, run_id)
        outcome = "unchanged" if inputs else "empty"
        record(settings, RunReport(run["as_of"], run_id, outcome, export_sha256=settled))
        return {**run, "outcome": outcome, "export_sha256": settled, "seconds": 0.0}
    record(settings, RunReport(run["as_of"], run_id, "building"))
    _remove_stale_candidates(settings, run_id)
    if meanwhile is not None:
        threading.Thread(target=meanwhile).start()
    try:
        nodes = building.build(settings, as_of, run_id, progress=progress, project=project)
        if fingerprint(settings, as_of, code)[0] != run_id:
            raise building.BuildFailedError([], note="构建期间收到了新的数据,请重新运行")
    except building.BuildFailedError as problem:
        _remove_candidate(settings, run_id)
        note(settings, run, "build_candidate", began, outcome="failed", problem=str(problem))
        raise
    run["identity"] = propose_safely(settings, building.candidate_path(settings, run_id), as_of)
    run["models"] = building.to_json(nodes, _table_rows(settings, run_id))
    run["seconds"] = note(settings, run, "build_candidate", began, outcome="built", models=run["models"])
    return run


def gate_candidate(settings: Settings, run: Run) -> dict[str, Any]:
    """Check the candidate.

    Raises:
        GateFailedError: a critical check failed or raised; nothing is published.
    """
    began = time.monotonic()
    fault("gate_start")
    try:
        result = gating.gate(settings, _candidate(settings, run), run["run_id"])
    except gating.GateFailedError as problem:
        note(settings, run, "gate_candidate", began, outcome="held", gate=problem.summary, problem=str(problem))
        raise
    fault("gate_end")
    note(settings, run, "gate_candidate", began, outcome="gated", gate=result)
    return result


def publish_table(settings: Settings, run: Run, *, progress: Progress | None = None) -> dict[str, Any]:
    """Publish the candidate that the gate has passed; it is not needed afterwards.

    A try that was cut off after its work was done is only noted by the next one.
    """
    began = time.monotonic()
    finish_rollback(settings)
    done = publishing.find(settings, _day(run), run["run_id"])
    if done is not None and not building.candidate_path(settings, run["run_id"]).is_file():
        return _note_published(settings, run, done, began)
    candidate = _candidate(settings, run)
    gate = gating.passed(settings, run["run_id"], candidate)
    published = publishing.publish(
        settings,
        candidate,
        _day(run),
        run["run_id"],
        inputs=run["inputs"],
        gate=gate,
        progress=progress,
    )
    _remove_candidate(settings, run["run_id"])
    gating.forget(settings, run["run_id"])
    return _note_published(settings, run, published.folder, began)


def _note_published(settings: Settings, run: Run, folder: Path, began: float) -> dict[str, Any]:
    sha = str(publishing.manifest(folder)["export_sha256"])
    outcome = "published" if publishing.current(settings) == folder.resolve() else "published_beside"
    note(settings, run, "publish_table", began, outcome=outcome, export_sha256=sha)
    return {"export_sha256": sha, "folder": folder.name, "outcome": outcome}


def update_ledger(settings: Settings, run: Run) -> dict[str, int]:
    """Take the departments' answers and tonight's mismatches into the ledger, if the run is in force."""
    began = time.monotonic()
    folder = _in_force(settings, run)
    if folder is None:
        return {}
    fault("ledger_start")
    night = run_ledger(settings, folder / publishing.FULL, _day(run), run["run_id"], folder.name)
    note(settings, run, "update_ledger", began)
    return night.counts


def _in_force(settings: Settings, run: Run) -> Path | None:
    """The run's publication, if it is the current one."""
    folder = publishing.find(settings, _day(run), run["run_id"])
    return folder if folder is not None and publishing.current(settings) == folder.resolve() else None


def _day(run: Run) -> date:
    return date.fromisoformat(run["as_of"])


def push_mismatches(settings: Settings, run: Run) -> dict[str, int]:
    """Write the departments' workbooks, if the run is in force: an older day's list would only confuse them."""
    began = time.monotonic()
    folder = _in_force(settings, run)
    if folder is None:
        return {}
    fault("push_start")
    pushed = push_all(settings, folder, _day(run))
    note(settings, run, "push_mismatches", began, pushed=pushed)
    return pushed


def document_run(settings: Settings, run: Run) -> dict[str, Any]:
    """Write the documentation site of the publication in force; where a night was held or failed, it tells that too."""
    from pipeline.pages.document import document

    began = time.monotonic()
    found: dict[str, Any] = document(settings)
    note(settings, run, "document_run", began)
    return found


def _complete_warehouse(settings: Settings) -> None:
    """Create what a newer version keeps in the warehouse: dbt attaches it read-only and could not."""
    if settings.warehouse.exists():
        keys.ready(settings)
        records.complete_warehouse(settings)


def _settled(settings: Settings, as_of: date, run_id: str) -> str | None:
    """The export's hash if the run need not be done again: it is in force and pushed, withdrawn, or a later day is."""
    folder, now = publishing.find(settings, as_of, run_id), publishing.current(settings)
    if folder is None or now is None:
        return None
    is_done = now == folder.resolve() and pushed_last(settings) == folder.name
    is_older = publishing.manifest(now)["as_of"] > as_of.isoformat()
    if not (is_done or is_older or folder.name in publishing.withdrawn(settings)):
        return None
    return str(publishing.manifest(folder)["export_sha256"])


def _candidate(settings: Settings, run: Run) -> Path:
    path = building.candidate_path(settings, run["run_id"])
    if not path.is_file():
        raise publishing.PublishFailedError(f"候选库 {path.name} 已不在:请从 build_candidate 重新运行。")
    return path


def _clear_left_over(settings: Settings) -> None:
    """Remove files that a killed process had begun to write: nobody reads them, and they may name people."""
    for folder in (settings.home, settings.vault, audit.place(settings).anchor.parent):
        clear_temporaries(folder)
    for folder in (settings.state, settings.keys, settings.published, settings.outbox, settings.site):
        clear_temporaries(folder, below=True)


def _remove_candidate(settings: Settings, run_id: str) -> None:
    """Remove the candidate of a run, its log and its spill."""
    for path in settings.work.glob(f"candidate-{run_id}.*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _remove_stale_candidates(settings: Settings, run_id: str) -> None:
    """Remove what an earlier try of this run left, and what runs left that were killed more than a day ago.

    A younger candidate may belong to a night in Airflow that is between two of its steps.
    """
    _remove_candidate(settings, run_id)
    settings.work.mkdir(parents=True, exist_ok=True)
    mark = settings.work / ".now"
    mark.touch()
    for path in settings.work.glob("candidate-*.duckdb"):
        if path.stat().st_mtime < mark.stat().st_mtime - _STALE_SECONDS:
            _remove_candidate(settings, path.stem.removeprefix("candidate-"))


def _table_rows(settings: Settings, run_id: str) -> dict[str, int]:
    path = building.candidate_path(settings, run_id)
    with publishing.opened(settings, path) as con:
        return dict(con.execute("select table_name, estimated_size from duckdb_tables()").fetchall())
