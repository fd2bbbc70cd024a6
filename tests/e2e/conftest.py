"""One standing service for every test that needs one: it is started once, in the order of the files' names.

These tests run in one worker; those that need none run beside them, a file in a worker.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from connectors.contract import SECTORS
from service.standing import down, running, up
from tests.builders.standing_home import BURST_SECONDS, START_SECONDS, Standing, drop, onetable


class OneService(LoadScopeScheduling):
    """One worker for all files that need the standing service, the others a file at a time.

    xdist's marks for this (``--dist loadgroup``) do nothing with pytest 9.2, and say nothing.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "standing" if Path(file).name.startswith("test_standing") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneService:
    """Called by xdist before the workers start."""
    return OneService(config, log)


@pytest.fixture(scope="session")
def standing_county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("standing") / "county"
    onetable(folder, "simulate", "--seed", "11", "--households", "200", "--corrupt", "0.05", "--out", str(folder))
    return folder


@pytest.fixture(scope="session")
def standing(standing_county: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """A service on an empty home of that county; stopped whatever happens, with everything it started."""
    home = tmp_path_factory.mktemp("service") / "home"
    home.mkdir()
    shutil.copyfile(standing_county / "county.toml", home / "county.toml")
    for sector in SECTORS:
        (home / "ingest" / sector).mkdir(parents=True)
    service = Standing(home)
    try:
        assert up(home, 18780, 18880, service.said.append) == 0, "\n".join(service.said)
        service.wait_until("the missed night is over", service.has_caught_up, START_SECONDS)
        yield service
    finally:
        record = running(home)
        family = psutil.Process(record["pid"]).children(recursive=True) if record else []
        down(home, service.said.append)
        assert not [process for process in family if process.is_running()]


@pytest.fixture(scope="session")
def first_night(standing: Standing, standing_county: Path) -> Standing:
    """Every department has dropped its files at once, and the table is published."""
    for file in sorted((standing_county / "ingest").rglob("*")):
        if file.is_file():
            drop(file, standing.home / file.relative_to(standing_county))
    standing.wait_until("published", lambda: standing.is_settled(nights=1), BURST_SECONDS)
    return standing
