"""What a part started does not outlive the service, even when the part itself was killed before."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from service.supervisor import parts

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


_NEEDS = """
import sys, threading, signal
from pathlib import Path
from service.supervisor import Part, supervise
stopping = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopping.set())
first = Part("first", [sys.executable, "-c", sys.argv[3]])
second = Part("second", [sys.executable, "-c", "print('here', flush=True); input()"], needs_port=int(sys.argv[2]))
supervise([second, first], Path(sys.argv[1]), stopping)
"""
_LATE = """
import socket, sys, time
from pathlib import Path
while not Path(%r).exists():
    time.sleep(0.05)
listener = socket.create_server(("127.0.0.1", %d))
time.sleep(600)
"""


def test_a_part_waits_until_the_port_that_it_needs_is_answered(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log, sign = tmp_path / "second.log", tmp_path / "sign"
    words = [sys.executable, "-c", _NEEDS, str(tmp_path), str(port), _LATE % (str(sign), port)]
    service = subprocess.Popen(words)
    try:
        until = time.monotonic() + 30
        while not (tmp_path / "first.log").exists() and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(2)
        assert not log.exists()
        sign.touch()
        while not (log.exists() and "here" in log.read_text()) and time.monotonic() < until:
            time.sleep(0.05)
        assert "here" in log.read_text()
    finally:
        service.terminate()
        service.wait(timeout=60)


def test_the_scheduler_waits_for_the_api_server(tmp_path: Path) -> None:
    needs = {part.name: part.needs_port for part in parts(tmp_path, 8090, 8080)}
    assert needs["scheduler"] == 8080
    assert needs["api-server"] is None


_CHATTY = """
import sys, threading, signal
from pathlib import Path
from service import supervisor
supervisor.LONGEST_LOG_BYTES = 100_000
stopping = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopping.set())
talk = "import time\\nfor line in range(10**9): print(f'{line:09}', flush=True); time.sleep(line % 200 == 0 and 0.01)"
supervisor.supervise([supervisor.Part("part", [sys.executable, "-c", talk])], Path(sys.argv[1]), stopping)
"""


def test_a_log_that_grows_for_months_stays_short_and_keeps_its_newest_lines(tmp_path: Path) -> None:
    log, aside = tmp_path / "part.log", tmp_path / "part.log.1"
    service = subprocess.Popen([sys.executable, "-c", _CHATTY, str(tmp_path)])
    try:
        until = time.monotonic() + 60
        seen: set[str] = set()
        while len(seen) < 3 and time.monotonic() < until:
            seen.update([aside.read_text()[:9]] if aside.exists() else [])
            time.sleep(0.05)
        assert len(seen) >= 3
    finally:
        service.terminate()
        service.wait(timeout=60)
    kept = [int(line) for line in (aside.read_text() + log.read_text()).split()]
    assert kept[-1] == max(kept)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["part.log", "part.log.1"]
    assert b"\0" not in log.read_bytes()
