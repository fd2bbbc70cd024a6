"""Builders for pull tests: a home with sources, a pull in a process of its own that dies at a named point."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

from pipeline.receiving.pull import Pulled, pull
from pipeline.settings import Settings
from tests.integration.landing_home import Home

DAY = date(2020, 7, 3)
SECRET = "Geheim-42-口令"
_PROJECT = Path(__file__).parent.parent.parent


def county(folder: Path) -> Home:
    """A home in ``folder`` that knows its villages; they are landed once for all tests of a process."""
    shutil.copytree(_county_with_villages(), folder)
    return Home.make(folder)


@cache
def _county_with_villages() -> Path:
    base = Path(tempfile.mkdtemp(prefix="onetable-county-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    return Home.make(base / "home").with_villages().settings.home


def sources(settings: Settings, text: str) -> None:
    """Write the connections file."""
    settings.home.mkdir(parents=True, exist_ok=True)
    (settings.home / "connections.toml").write_text(text, encoding="utf-8")


def pull_one(settings: Settings, day: date = DAY) -> Pulled:
    """Pull the only source there is."""
    [result] = pull(settings, pulled_on=day)
    return result


def pull_elsewhere(settings: Settings, fault: str = "", **environment: str) -> int:
    """Pull in a process of its own that dies at ``fault``; returns its exit code."""
    code = (
        "from datetime import date; from pathlib import Path; from pipeline import settings; "
        "from pipeline.receiving.pull import pull; import sys; "
        "pull(settings.load(Path(sys.argv[1])), pulled_on=date(2020, 7, 3))"
    )
    variables = {**os.environ, **environment, "ONETABLE_FAULT": fault, "PYTHONPATH": str(_PROJECT)}
    return subprocess.run([sys.executable, "-c", code, str(settings.home)], env=variables, check=False).returncode


def kept(settings: Settings) -> str:
    """Everything that pulling leaves in the home beside the data itself, as one text."""
    places = [settings.state, settings.logs, settings.work]
    return "\n".join(
        path.read_text(errors="replace") for place in places for path in place.rglob("*") if path.is_file()
    )


def free_port() -> int:
    """A port of this machine that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(is_ready: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for a server."""
    give_up = time.monotonic() + seconds
    while not is_ready():
        assert time.monotonic() < give_up, "the server did not start"
        time.sleep(0.1)
