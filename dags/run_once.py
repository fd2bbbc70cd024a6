"""``python -m dags.run_once``: the night's DAGs one after the other in one process, so that imports are paid once.

The same DAG objects that the standing service runs, through ``dag.test()``: the register first, then the other
sectors, then the reconciliation. Data in: what waits in the home. Data out: what the DAGs leave there; timings on the
terminal; the task logs in ``<home>/logs/run.log``.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from pipeline.settings import Settings, SettingsError, load
from service.environment import airflow_environment, prepare_home

if TYPE_CHECKING:
    from airflow.sdk import DAG

REGISTER_FIRST = ("registry", "medical", "housing", "education", "civil_affairs", "water")


@dataclass
class Step:
    """One task that ran: what it is called, how it ended, how long it took."""

    dag: str
    task: str
    state: str
    seconds: float


@dataclass
class Night:
    """What happened: the steps, in order, and whether any of them failed."""

    steps: list[Step] = field(default_factory=list)
    ok: bool = True

    def ran(self, task: str) -> bool:
        """Whether any task of this name did its work."""
        return any(step.task == task and step.state == "success" for step in self.steps)


def main() -> int:
    """Run the night and tell what it did."""
    try:
        settings = load()
    except SettingsError as problem:
        sys.exit(str(problem))
    terminal = Console(file=os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8"))
    settings.logs.mkdir(parents=True, exist_ok=True)
    log = settings.logs / "run.log"
    started = time.monotonic()
    prepare_home(settings.home)
    os.environ.update(airflow_environment(settings.home, os.environ))
    with log.open("a", encoding="utf-8") as stream, _output_to(stream):
        night = _run_night(settings, terminal)
    _tell(night, terminal, log, time.monotonic() - started)
    return 0 if night.ok else 1


def _run_night(settings: Settings, terminal: Console) -> Night:
    night = Night()
    with terminal.status("starting Airflow …") as status:
        from service.database import prepare_database

        prepare_database()
        from dags import ingest, reconcile

        dags = [getattr(ingest, f"ingest_{sector}") for sector in REGISTER_FIRST]
        for dag in [*dags, reconcile.dag]:
            status.update(f"{dag.dag_id} …")
            night.steps += _run_dag(dag, lambda text: status.update(text))
            if any(step.state == "failed" for step in night.steps):
                night.ok = False
    return night


def _run_dag(dag: DAG, show: Any) -> list[Step]:  # noqa: ANN401
    for task in dag.tasks:
        task.on_execute_callback = [lambda context: show(f"{dag.dag_id} · {context['ti'].task_id} …")]
    run = dag.test()
    done = [found for found in run.get_task_instances() if found.state != "skipped"]
    done.sort(key=lambda found: (found.start_date is None, found.start_date))
    return [Step(dag.dag_id, found.task_id, str(found.state), found.duration or 0.0) for found in done]


def _tell(night: Night, terminal: Console, log: Path, seconds: float) -> None:
    table = Table(title="用时 / time by step", title_justify="left")
    for column in ("DAG", "task", "state"):
        table.add_column(column)
    table.add_column("s", justify="right")
    for step in night.steps:
        if step.state != "success" or not step.task.startswith("announce_"):
            table.add_row(step.dag, step.task, step.state, f"{step.seconds:.1f}")
    terminal.print(table)
    terminal.print(f"{seconds:.1f} s in all; task logs in {log}", soft_wrap=True)
    if not night.ok:
        failed = ", ".join(f"{step.dag}.{step.task}" for step in night.steps if step.state == "failed")
        kept = "" if night.ran("publish_table") else "the last publication stays; "
        terminal.print(f"[red]failed: {failed}[/red]; {kept}the reason stands in {log}", soft_wrap=True)
    elif not night.ran("announce_rows") and not night.ran("publish_table"):
        terminal.print("[bold]没有新文件,发布保持不变。Nothing new was waiting; nothing changed.[/bold]")


@contextmanager
def _output_to(stream: IO[str]) -> Iterator[None]:
    """Send what the tasks write to standard output and error into a file; the terminal shows progress alone."""
    kept = os.dup(1), os.dup(2)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(stream.fileno(), 1)
    os.dup2(stream.fileno(), 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, original in zip(kept, (1, 2), strict=True):
            os.dup2(number, original)
            os.close(number)


if __name__ == "__main__":
    sys.exit(main())
