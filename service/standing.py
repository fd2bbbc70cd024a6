"""``python -m service.standing up|down|airflow …``: the standing Airflow of one home, on loopback.

Data in: the home of :mod:`pipeline.settings`, wanted ports. Data out: ``<home>/state/service.json`` while it runs.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
from rich.console import Console

from connectors.contract import SECTORS
from pipeline.settings import SettingsError, load
from service.environment import API_PORT, LOOPBACK, airflow_environment, airflow_home, password_file, prepare_home

SITE_PORT = 8090
PORTS_TRIED = 50
READY_SECONDS = 180.0
STOP_SECONDS = 45.0
TAIL_LINES = 15
DAG_COUNT = len(SECTORS) + len(("reconcile", "housekeeping", "pull"))

out = Console(soft_wrap=True)


def record_file(home: Path) -> Path:
    """Where the running service is written down."""
    return home / "state" / "service.json"


def running(home: Path) -> dict[str, Any] | None:
    """The record of the running service, or None; a record whose process is gone does not count."""
    try:
        record: dict[str, Any] = json.loads(record_file(home).read_text(encoding="utf-8"))
        process = psutil.Process(record["pid"])
    except (FileNotFoundError, psutil.NoSuchProcess, json.JSONDecodeError):
        return None
    is_ours = abs(process.create_time() - record["created"]) < 1 and process.status() != psutil.STATUS_ZOMBIE
    return record if is_ours else None


def up(home: Path, api_port: int = API_PORT, site_port: int = SITE_PORT, say: Callable[[str], None] = out.print) -> int:
    """Start the service unless it runs, wait until it is healthy, say where it is."""
    record = running(home)
    if record:
        say(f"already running: {record['url']}  (process {record['pid']})")
        return 0
    prepare_home(home)
    api_port = free_port(api_port)
    site_port = free_port(site_port, taken=api_port)
    environment = airflow_environment(home, os.environ, api_port)
    logs, site = airflow_home(home) / "service", home / "site"
    for folder in (logs, site, home / "state"):
        folder.mkdir(parents=True, exist_ok=True)
    say("preparing Airflow's database …")
    prepared = subprocess.run(
        [sys.executable, "-m", "service.database"], env=environment, capture_output=True, text=True, check=False
    )
    if prepared.stderr:
        say(prepared.stderr[-3000:])
    if prepared.returncode:
        return 1
    with (logs / "supervisor.log").open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [
                *(sys.executable, "-m", "service.supervisor", "--logs", str(logs)),
                *("--site-folder", str(site), "--site-port", str(site_port), "--api-port", str(api_port)),
            ],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    record = {
        "pid": process.pid,
        "created": psutil.Process(process.pid).create_time(),
        "url": f"http://{LOOPBACK}:{api_port}",
        "site": f"http://{LOOPBACK}:{site_port}",
        "logs": str(logs),
    }
    record_file(home).write_text(json.dumps(record, indent=2), encoding="utf-8")
    if not wait_until_ready(home, record, say):
        say(f"[red]not healthy after {READY_SECONDS:.0f} s[/red]; the ends of the logs in {logs}:")
        say(tail(logs))
        down(home, say)
        return 1
    say(f"Airflow   {record['url']}   user admin, password in {password_file(home)}")
    say(f"documents {record['site']}")
    say(f"logs      {logs}")
    return 0


def wait_until_ready(home: Path, record: dict[str, Any], say: Callable[[str], None]) -> bool:
    """Wait until scheduler, triggerer and DAG processor are healthy and every DAG is known."""
    started = time.monotonic()
    shown = ""
    while time.monotonic() - started < READY_SECONDS:
        if running(home) is None:
            return False
        missing = what_is_missing(home, record["url"])
        if not missing:
            say(f"ready after {time.monotonic() - started:.0f} s")
            return True
        if missing != shown:
            say(f"[dim]{time.monotonic() - started:4.0f} s waiting for {missing}[/dim]")
            shown = missing
        time.sleep(1)
    return False


def what_is_missing(home: Path, url: str) -> str:
    """Words for what is not up yet; empty when everything is."""
    try:
        health = httpx.get(f"{url}/api/v2/monitor/health", timeout=5, trust_env=False).json()
        late = [part for part in ("scheduler", "dag_processor", "triggerer") if health[part]["status"] != "healthy"]
        if late:
            return ", ".join(late)
        found = len(api(home, url, "GET", "dags", params={"limit": 100})["dags"])
    except (httpx.HTTPError, ValueError, KeyError):
        return "the API server"
    return "" if found >= DAG_COUNT else f"the DAGs ({found} of {DAG_COUNT})"


def api(home: Path, url: str, method: str, path: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
    """One call of Airflow's REST API as admin."""
    password = json.loads(password_file(home).read_text(encoding="utf-8"))["admin"]
    with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
        token = client.post("/auth/token", json={"username": "admin", "password": password})
        token.raise_for_status()
        headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
        answer = client.request(method, f"/api/v2/{path}", headers=headers, **arguments)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def down(home: Path, say: Callable[[str], None] = out.print) -> int:
    """Stop the service and everything it started."""
    record = running(home)
    if record is None:
        record_file(home).unlink(missing_ok=True)
        say("not running")
        return 0
    supervisor = psutil.Process(record["pid"])
    family = [supervisor, *supervisor.children(recursive=True)]
    supervisor.send_signal(signal.SIGTERM)
    _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=5)
    record_file(home).unlink(missing_ok=True)
    say(f"stopped ({len(family)} processes)" + (f", {len(alive)} of them killed" if alive else ""))
    return 0


def free_port(wanted: int, taken: int | None = None) -> int:
    """The wanted port, or the next one that nobody listens on."""
    for port in range(wanted, wanted + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
        if port != taken:
            return port
    msg = f"no free port from {wanted} to {wanted + PORTS_TRIED - 1}"
    raise OSError(msg)


def tail(logs: Path) -> str:
    """The last lines of every log, for a failure report."""
    ends = []
    for log in sorted(logs.glob("*.log")):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
        ends.append("\n".join([f"--- {log.name}", *lines]))
    return "\n".join(ends)


def airflow(home: Path, arguments: list[str]) -> int:
    """Run Airflow's own command line on this home, e.g. ``backfill create …``."""
    record = running(home)
    prepare_home(home)
    port = int(record["url"].rsplit(":", 1)[1]) if record else API_PORT
    command = [sys.executable, "-m", "airflow", *arguments]
    environment = airflow_environment(home, os.environ, port)
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - the operator's own words


def main() -> None:
    """Entry point of ``make up``, ``make down`` and ``make airflow``."""
    arguments = argparse.ArgumentParser()
    verbs = arguments.add_subparsers(dest="verb", required=True)
    start = verbs.add_parser("up")
    start.add_argument("--port", type=int, default=API_PORT)
    start.add_argument("--site-port", type=int, default=SITE_PORT)
    verbs.add_parser("down")
    verbs.add_parser("airflow").add_argument("words", nargs=argparse.REMAINDER)
    given = arguments.parse_args()
    try:
        home = load().home
    except SettingsError as problem:
        sys.exit(str(problem))
    if given.verb == "up":
        sys.exit(up(home, given.port, given.site_port))
    sys.exit(down(home) if given.verb == "down" else airflow(home, given.words))


if __name__ == "__main__":
    main()
