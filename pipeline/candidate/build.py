"""Builds the candidate: the only module that invokes dbt, always as one child process.

Data in: the warehouse (attached read-only by dbt), a day, a run id. Data out: ``work/candidate-<run>.duckdb`` and one
:class:`NodeResult` per model, seed and test.
Why a child: its memory goes back to the system, a crash of the engine does not take the night with it, and the
candidate is surely closed before the gate opens it. The child dies with its parent. What dbt prints is read as events
and never passed on, since an error of the engine may quote a value.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.encryption import demand_encrypted
from connectors.faults import fault
from connectors.warehouse import hold_warehouse
from pipeline.candidate import dbt_child
from pipeline.repository import DBT_PROJECT, ROOT

if TYPE_CHECKING:
    from pipeline.settings import Settings

Progress = Callable[..., None]


_STRUCTURAL = re.compile(r"(Binder|Catalog|Parser|Compilation|Dependency|Database Schema|Contract) Error")
_KIND = re.compile(r"\b([A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+)? Error)\b")
_RESULT_EVENTS = {"LogModelResult", "LogSeedResult", "LogTestResult", "LogNodeResult"}
_BAD = {"error", "fail", "runtime error", "skipped"}
_MESSAGE_LENGTH = 400


@dataclass(frozen=True)
class NodeResult:
    """What became of one dbt node; ``problem`` holds no value of any row."""

    name: str
    kind: str
    status: str
    seconds: float
    problem: str | None = None
    began: float = 0.0
    """Seconds after the first node of the build."""


class BuildFailedError(Exception):
    """The candidate could not be built: a model failed, or a dbt test of severity error did."""

    def __init__(self, problems: Sequence[NodeResult], note: str = "") -> None:
        named = "; ".join(f"{node.name} {node.status} {node.problem or ''}".strip() for node in problems[:10])
        super().__init__(f"数据构建失败：{named or note}。上一次发布保持不变。")
        self.problems = tuple(problems)


def candidate_path(settings: Settings, run_id: str) -> Path:
    """Where the candidate of a run lies."""
    return settings.work / f"candidate-{run_id}.duckdb"


def build(
    settings: Settings, as_of: date, run_id: str, *, progress: Progress | None = None, project: Path = DBT_PROJECT
) -> list[NodeResult]:
    """Build the candidate of ``run_id`` for ``as_of`` with one ``dbt build``.

    Raises:
        BuildFailedError: a node failed; the candidate must not be used.
    """
    settings.work.mkdir(parents=True, exist_ok=True)
    results = _results_path(settings)
    results.unlink(missing_ok=True)
    said: list[str] = []
    fault("build_start")
    with hold_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds, shared=True):
        code = run_dbt(
            settings,
            ["build", "--exclude-resource-type", "unit_test"],
            as_of=as_of,
            run_id=run_id,
            on_node=_reporter(progress),
            on_error=said.append,
            project=project,
        )
    fault("build_end")
    nodes = _node_results(results)
    results.unlink(missing_ok=True)
    bad = [node for node in nodes if node.status in _BAD]
    if code != 0 or bad or not nodes:
        raise BuildFailedError(
            [n for n in bad if n.status != "skipped"] or bad, note="; ".join(said) or f"dbt 退出码 {code}"
        )
    demand_encrypted(candidate_path(settings, run_id))
    return nodes


def run_dbt(
    settings: Settings,
    arguments: Sequence[str],
    *,
    as_of: date,
    run_id: str,
    on_node: Callable[[Mapping[str, Any]], None] | None = None,
    on_error: Callable[[str], None] | None = None,
    project: Path = DBT_PROJECT,
) -> int:
    """Run one dbt command on the candidate of ``run_id``; returns its exit code.

    ``on_node`` is called with the event data of every node that finished, ``on_error`` with the text of an error that
    stopped dbt, cut down to what holds no value.
    """
    variables = {"as_of": as_of.isoformat(), "county": settings.county, "run_id": run_id}
    options = ["--log-format", "json", "--log-level-file", "none", "--target-path", str(target_path(settings))]
    options += ["--log-path", str(settings.work / "dbt-logs"), "--vars", json.dumps(variables)]
    command = dbt_child.arguments(project, settings.county, _results_path(settings), arguments, options)
    with subprocess.Popen(  # noqa: S603 - our own interpreter and our own arguments
        command,
        cwd=settings.work,
        env=_environment(settings, run_id),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
    ) as child:
        for line in child.stdout or ():
            _follow(line, on_node, on_error)
        return child.wait()


def _environment(settings: Settings, run_id: str) -> dict[str, str]:
    """A clean environment: the build depends on nothing that the caller's shell happens to hold."""
    return {
        "PYTHONPATH": str(ROOT),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(settings.work),
        "LANG": "C.UTF-8",
        "TZ": "Asia/Shanghai",
        "PYTHONHASHSEED": "0",
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_USE_COLORS": "false",
        "ONETABLE_CANDIDATE": str(candidate_path(settings, run_id)),
        "ONETABLE_WAREHOUSE": str(settings.warehouse),
        "ONETABLE_THREADS": str(settings.threads),
        "ONETABLE_MEMORY_LIMIT": settings.memory_limit,
        "ONETABLE_SPILL": str(settings.work / "spill"),
    }


def target_path(settings: Settings) -> Path:
    """Dbt's private target folder."""
    return settings.work / "dbt-target"


def _results_path(settings: Settings) -> Path:
    return target_path(settings) / "run_results.json"


def _follow(
    line: str, on_node: Callable[[Mapping[str, Any]], None] | None, on_error: Callable[[str], None] | None
) -> None:
    try:
        event = json.loads(line)
    except ValueError:
        return
    about = event.get("info", {})
    if about.get("name") in _RESULT_EVENTS:
        fault("build_middle")
        if on_node is not None:
            on_node(event.get("data", {}))
    elif about.get("name") == "MainEncounteredError" and on_error is not None:
        on_error(_safe(about.get("msg")) or "error")


def _reporter(progress: Progress | None) -> Callable[[Mapping[str, Any]], None] | None:
    if progress is None:
        return None

    def report(data: Mapping[str, Any]) -> None:
        name = data.get("node_info", {}).get("node_name", "")
        progress(f"构建 {name}", data.get("index"), data.get("total"))

    return report


def _node_results(path: Path) -> list[NodeResult]:
    """The nodes of the last invocation, in the order in which they finished.

    The file itself is removed by the caller: it keeps error texts as the engine said them.
    """
    if not path.is_file():
        return []
    content = json.loads(path.read_text(encoding="utf-8"))
    starts = [_started(one) for one in content["results"]]
    first = min((start for start in starts if start is not None), default=None)
    nodes = []
    for one, start in zip(content["results"], starts, strict=True):
        kind, _, name = one["unique_id"].split(".", 2)
        problem = _safe(one.get("message")) if one["status"] in _BAD else None
        began = round((start - first).total_seconds(), 3) if start is not None and first is not None else 0.0
        nodes.append(NodeResult(name, kind, one["status"], round(one["execution_time"], 3), problem, began))
    return nodes


def _started(result: Mapping[str, Any]) -> datetime | None:
    """When dbt began to execute a node."""
    found = [timing["started_at"] for timing in result.get("timing", ()) if timing["name"] == "execute"]
    return datetime.fromisoformat(found[0].replace("Z", "+00:00")) if found else None


def _safe(message: str | None) -> str | None:
    """An error text about structure as it is; of any other only its kind, since it may quote a value."""
    if not message:
        return None
    if _STRUCTURAL.search(message) or message.startswith("Got "):
        return " ".join(message.split())[:_MESSAGE_LENGTH]
    found = deque(_KIND.findall(message), maxlen=1)
    return found[0] if found else "error"


def to_json(nodes: Sequence[NodeResult], rows: Mapping[str, int]) -> list[dict[str, object]]:
    """The per-node form for task logs; ``rows`` gives the size of each table of the candidate."""
    return [{**asdict(node), "rows": rows.get(node.name)} for node in nodes]
