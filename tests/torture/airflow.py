"""A standing Airflow whose parts are killed one by one, whose database is deleted, and whose tasks fail.

Data in: a small county, a correction per try. Data out: after each try the service runs again, nothing waits, and the
publication is the one that the command line makes of the same files; no id or name in what Airflow keeps or answers.
"""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from connectors.contract import SECTORS
from service.environment import airflow_home
from service.standing import down, running, up
from tests.builders.standing_home import Standing, drop, onetable
from tests.torture.canaries import hits, people
from tests.torture.table import Count

PARTS = ("scheduler", "api-server", "dag-processor", "triggerer")
_SECONDS, _BETWEEN_LOOKS = 600, 2
_UNTIL_SCAN = 1500
"""A file whose landing has failed is looked for again at the quarter of an hour; then a night follows."""
_HOUSEHOLDS = "40"
_FEED = "water/household_water"


class Service:
    """The standing service of one small county, and a home beside it that the command line drives."""

    def __init__(self, folder: Path) -> None:
        self.county = folder / "county"
        onetable(
            self.county, "simulate", "--seed", "5", "--households", _HOUSEHOLDS, "--corrupt", "0.05",
            "--out", str(self.county),
        )  # fmt: skip
        self.home, self.beside = folder / "home", folder / "beside"
        self.home.mkdir()
        shutil.copyfile(self.county / "county.toml", self.home / "county.toml")
        for sector in SECTORS:
            (self.home / "ingest" / sector).mkdir(parents=True)
        self.standing = Standing(self.home)

    def start(self) -> bool:
        """Start it; whether it is healthy."""
        return up(self.home, 18980, 19080, self.standing.said.append) == 0

    def stop(self) -> None:
        """Stop it."""
        down(self.home, self.standing.said.append)

    def first_night(self) -> None:
        """Every department drops its files; the command line does the same beside."""
        for file in sorted((self.county / "ingest").rglob("*")):
            if file.is_file():
                drop(file, self.home / file.relative_to(self.county))
        self._wait_until_published()
        shutil.copytree(self.county, self.beside)
        shutil.copytree(self.home / "keys", self.beside / "keys")
        # Taken before any correction comes, as the service has: of two that wait, the name decides which is first.
        onetable(self.beside, "ingest", "--no-gate")

    def correct(self, number: int) -> None:
        """One more file of one department, to both homes."""
        [sent] = sorted((self.county / "ingest" / _FEED).glob("*"))[:1]
        name = f"610099_202006_入户饮水安全评定_{number:03d}{sent.suffix}"
        content = sent.read_bytes() + b" " * (number + 1)
        for home in (self.home, self.beside):
            part = home / "ingest" / _FEED / f"{name}.part"
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            part.rename(part.with_suffix(""))

    def processes(self, part: str) -> list[psutil.Process]:
        """The processes of one part; a task's own are children of the scheduler."""
        record = running(self.home)
        if record is None:
            return []
        family = psutil.Process(record["pid"]).children(recursive=True)
        return [one for one in family if f"airflow {part}" in _words(one)]

    def kill(self, part: str) -> bool:
        """SIGKILL one part; whether there was one."""
        found = self.processes(part)
        for process in found[:1]:
            process.kill()
        return bool(found)

    def delete_database(self) -> bool:
        """Stop it, lose Airflow's database, start it again."""
        self.stop()
        for path in airflow_home(self.home).glob("*.db*"):
            path.unlink()
        return self.start()

    def is_up(self) -> bool:
        """Every part runs and the interface answers."""
        try:
            health = self.standing.api("monitor/health")
        except (AssertionError, OSError, ValueError, RuntimeError):
            return False
        return all(self.processes(part) for part in PARTS) and health["metadatabase"]["status"] == "healthy"

    def same(self, seconds: int = _SECONDS) -> bool:
        """What is published is what the command line makes of the same files."""
        onetable(self.beside, "ingest", "--no-gate")
        onetable(self.beside, "reconcile")
        wanted = json.loads(onetable(self.beside, "publish", "--json"))["export_sha256"]
        return self._until(lambda: self._published() == wanted and not self._waiting(), seconds)

    def _published(self) -> str:
        path = self.home / "published" / "current" / "manifest.json"
        try:
            return str(json.loads(path.read_text())["export_sha256"])
        except (OSError, ValueError):
            return ""

    def _waiting(self) -> list[Path]:
        return [path for path in (self.home / "ingest").rglob("*") if path.is_file()]

    def _wait_until_published(self) -> None:
        if not self._until(lambda: bool(self._published()) and not self._waiting()):
            raise RuntimeError("the first night has not ended")

    def _until(self, is_so: Callable[[], bool], seconds: int = _SECONDS) -> bool:
        """Looks are counted, not seconds: time in which everything here is stopped does not count."""
        for _ in range(seconds // _BETWEEN_LOOKS):
            if is_so():
                return True
            time.sleep(_BETWEEN_LOOKS)
        return False


def _words(process: psutil.Process) -> str:
    """Its command line; nothing of one that has just died."""
    try:
        return " ".join(process.cmdline()).replace("_", "-")
    except psutil.Error:
        return ""


def parts(folder: Path, rng: random.Random, tries: int) -> Count:
    """Each try: a new file, and in its wake one part killed at a random moment; every seventh loses the database."""
    count, service = Count("standing Airflow"), Service(folder)
    try:
        if not service.start():
            count.add("start", {"other": 1}, "not healthy")
            return count
        service.first_night()
        for number in range(tries):
            service.correct(number)
            part = "database" if number % 7 == 6 else PARTS[number % len(PARTS)]
            time.sleep(rng.uniform(0, 20))
            was_there = service.delete_database() if part == "database" else service.kill(part)
            is_same = service.same()
            is_up = service._until(service.is_up)
            findings = onetable(service.home, "fsck")
            problems = {"torn": int(not is_same), "other": int(not was_there) + (not is_up)}
            count.add(f"{part} {number}", problems, findings.strip()[-200:])
        _failing_task(service, rng, count)
    finally:
        service.stop()
    return count


def _failing_task(service: Service, rng: random.Random, count: Count) -> None:
    """A task that ends in an exception: what Airflow keeps and shows of it names nobody; a rebuild mends the home."""
    warehouse = service.home / "warehouse.duckdb"
    chosen = people(service.county, rng)
    warehouse.write_bytes("".join(name for _, name in chosen).encode() * 500)
    for left in service.home.glob("warehouse.duckdb.wal"):
        left.unlink()
    service.correct(999)
    has_failed = service._until(lambda: "failed" in {run["state"] for run in service.standing.runs("ingest_water")})
    shown = hits(airflow_home(service.home), [text for pair in chosen for text in pair], ())
    leaked = sum(len(places) for places in shown.values())
    count.add("failing task", {"leaked": leaked, "other": int(not has_failed)})
    onetable(service.home, "rebuild")
    count.add("rebuilt under a running service", {"torn": int(not service.same(_UNTIL_SCAN))})
