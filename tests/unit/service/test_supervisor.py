"""What a part started does not outlive the service, even when the part itself was killed before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

_PART = """
import signal, subprocess, sys
worker = subprocess.Popen(["sleep", "600"])
signal.signal(signal.SIGTERM, lambda *_: worker.terminate())
print(worker.pid, flush=True)
worker.wait()
"""
_SERVICE = f"""
import sys, threading, signal
from pathlib import Path
from service.supervisor import Part, adopt_orphans, supervise
stopping = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopping.set())
adopt_orphans()
supervise([Part("part", [sys.executable, "-c", {_PART!r}])], Path(sys.argv[1]), stopping)
"""


def _worker(log: Path, after: int) -> int:
    """The process that the newest part has started, once there are more than ``after`` of them."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        lines = log.read_text().split() if log.exists() else []
        if len(lines) > after:
            return int(lines[-1])
        time.sleep(0.05)
    raise AssertionError("the part has started nothing")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel hands over orphans on Linux only")
def test_workers_of_a_killed_part_end_with_the_service(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    service = subprocess.Popen([sys.executable, "-c", _SERVICE, str(tmp_path)])
    try:
        first = _worker(log, after=0)
        part = psutil.Process(first).parent()
        assert part is not None
        part.kill()
        second = _worker(log, after=1)
        assert psutil.Process(first).ppid() == service.pid
        os.kill(service.pid, signal.SIGTERM)
        service.wait(timeout=30)
        assert not psutil.pid_exists(first)
        assert not psutil.pid_exists(second)
    finally:
        service.kill()
        service.wait()
