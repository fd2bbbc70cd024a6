"""Keeps the parts of the standing service running until it is told to stop.

Data in: an environment made by :mod:`service.environment`, the ports of the API server and of the site. Data out: one
log file per part.
``airflow standalone`` is not used: its scheduler and triggerer open log servers on every network interface, and a
part that died would stay dead. The parts are the same, with the log servers left out: the API server reads the log
files itself.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from service.environment import LOOPBACK

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
HEALTHY_AFTER_SECONDS = 120.0
STOP_SECONDS = 25.0
KNOCK_SECONDS = 1.0
LONGEST_LOG_BYTES = 20_000_000
"""Airflow's parts write some 50 MB a day; of each part the newest lines are kept, twice this at most."""
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36

log = logging.getLogger("onetable.service")


@dataclass
class Part:
    """One process of the service and when to start it again.

    ``needs_port`` is one that has to answer before the part starts: a task that the scheduler hands out before the API
    server listens gives up after seconds and fails, and with it the night that was missed.
    """

    name: str
    command: list[str]
    needs_port: int | None = None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = field(default=FIRST_PAUSE_SECONDS)
    not_before: float = 0.0


def parts(site_folder: Path, site_port: int, api_port: int) -> list[Part]:
    """Everything that has to run."""
    airflow = [sys.executable, "-m", "airflow"]
    site = ["-m", "http.server", str(site_port), "--bind", LOOPBACK, "--directory", str(site_folder)]
    return [
        Part("api-server", [*airflow, "api-server"]),
        Part("scheduler", [*airflow, "scheduler", "--skip-serve-logs"], needs_port=api_port),
        Part("dag-processor", [*airflow, "dag-processor"]),
        Part("triggerer", [*airflow, "triggerer", "--skip-serve-logs"]),
        Part("site", [sys.executable, *site]),
    ]


def supervise(running: list[Part], logs: Path, stopping: threading.Event) -> None:
    """Start every part, start it again when it ends, stop all when asked."""
    while not stopping.is_set():
        for part in running:
            _keep_running(part, logs)
        _shorten(logs)
        _bury_orphans(running)
        stopping.wait(0.5)
    stop_all(running)


def _keep_running(part: Part, logs: Path) -> None:
    now = time.monotonic()
    if part.process is None:
        if now >= part.not_before and _is_answered(part.needs_port):
            with (logs / f"{part.name}.log").open("ab") as output:
                part.process = subprocess.Popen(  # noqa: S603 - the commands are the constants above
                    part.command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    preexec_fn=_end_with_parent,
                )
            part.started = now
        return
    code = part.process.poll()
    if code is None:
        return
    part.pause = (
        FIRST_PAUSE_SECONDS
        if now - part.started > HEALTHY_AFTER_SECONDS
        else min(part.pause * 2, LONGEST_PAUSE_SECONDS)
    )
    log.warning("%s ended with code %s, starting again in %.0f s", part.name, code, part.pause)
    part.process, part.not_before = None, now + part.pause


def _shorten(logs: Path) -> None:
    """Put a log that has grown long aside, in place of the one before; its part goes on writing into the same file."""
    for log_file in logs.glob("*.log"):
        if log_file.stat().st_size > LONGEST_LOG_BYTES:
            shutil.copyfile(log_file, log_file.with_name(f"{log_file.name}.1"))
            os.truncate(log_file, 0)


def _is_answered(port: int | None) -> bool:
    """Whether somebody listens on the port of this machine; no port needs no answer."""
    if port is None:
        return True
    try:
        with socket.create_connection((LOOPBACK, port), timeout=KNOCK_SECONDS):
            return True
    except OSError:
        return False


def _end_with_parent() -> None:
    """Ask the kernel to end this process when the supervisor is killed, so that nothing is left holding a port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def adopt_orphans() -> None:
    """Ask the kernel to hand over what a killed part leaves behind, so that :func:`stop_all` finds it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def _bury_orphans(running: list[Part]) -> None:
    """Take note of adopted processes that have ended; those of the parts are waited for by their own handles."""
    for orphan in _orphans(running):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(orphan.pid, os.WNOHANG)


def _orphans(running: list[Part]) -> list[psutil.Process]:
    """Adopted processes: children of the supervisor that are no part."""
    own = {part.process.pid for part in running if part.process is not None}
    return [child for child in psutil.Process().children() if child.pid not in own]


def stop_all(running: list[Part]) -> None:
    """End every part and whatever it started; nothing of the service outlives this call."""
    family = psutil.Process().children(recursive=True)
    orphans = _orphans(running)
    for part in running:
        if part.process is not None and part.process.poll() is None:
            part.process.terminate()
    for orphan in orphans:
        with contextlib.suppress(psutil.NoSuchProcess):
            orphan.terminate()
    _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for process in alive:
        log.warning("process %s did not stop, killing it", process.pid)
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=5)


def main() -> None:
    """Entry point of the background process."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--logs", type=Path, required=True)
    arguments.add_argument("--site-folder", type=Path, required=True)
    arguments.add_argument("--site-port", type=int, required=True)
    arguments.add_argument("--api-port", type=int, required=True)
    given = arguments.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    adopt_orphans()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    supervise(parts(given.site_folder, given.site_port, given.api_port), given.logs, stopping)


if __name__ == "__main__":
    main()
