"""Settings of one home: where everything lies, which county it is, how much of the machine it may use.

Data in: the environment (``ONETABLE_HOME``, ``ONETABLE_THREADS``, ``ONETABLE_MEMORY``, and ``AIRFLOW_CONN_<NAME>`` for
pull sources) and ``county.toml`` in the home.
Data out: one frozen :class:`Settings`. This is the only module that reads the environment.
Not here: policy values (dbt_project/seeds/policy_parameters.csv) and anything about feeds.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors import log_mask

TIME_ZONE = ZoneInfo("Asia/Shanghai")
_SAMPLE_COUNTY = "610099"


class SettingsError(Exception):
    """county.toml or the environment holds a value that cannot be used."""


@dataclass(frozen=True)
class Settings:
    """Everything a step needs to know of the home it works in."""

    home: Path
    county: str = _SAMPLE_COUNTY
    county_name: str = "测试县"
    today: date | None = None
    """Pinned clock of a simulated home."""
    settle_seconds: float = 10.0
    """A file is taken when two looks this far apart agree."""
    threads: int = 2
    memory_limit: str = "4GB"
    intake_memory_limit: str = "1GB"
    """Of the engine while files are taken in: with Python and Arrow beside it the process stays below 1.5 GB."""
    definition_version: str = "v1"
    closed_periods: frozenset[str] = frozenset()
    wait_seconds: float = 600.0
    """How long a step waits for another one that holds the warehouse."""

    @property
    def ingest(self) -> Path:
        """Drop folders of the departments."""
        return self.home / "ingest"

    @property
    def vault(self) -> Path:
        """Originals by sha256 and the identity vault."""
        return self.home / "vault"

    @property
    def originals(self) -> Path:
        """Originals by sha256."""
        return self.vault / "originals"

    @property
    def vault_db(self) -> Path:
        """Encrypted database person_key ↔ id_no."""
        return self.vault / "identity.duckdb"

    @property
    def keys(self) -> Path:
        """Key files, 0600."""
        return self.home / "keys"

    @property
    def token_key(self) -> Path:
        """Key of the tokens."""
        return self.keys / "token.key"

    @property
    def vault_key(self) -> Path:
        """Key of the identity vault."""
        return self.keys / "vault.key"

    @property
    def warehouse(self) -> Path:
        """The warehouse database."""
        return self.home / "warehouse.duckdb"

    @property
    def work(self) -> Path:
        """Scratch: candidate files, spill."""
        return self.home / "work"

    @property
    def published(self) -> Path:
        """Publications; ``current`` points at the one in force."""
        return self.home / "published"

    @property
    def outbox(self) -> Path:
        """What departments fetch."""
        return self.home / "outbox"

    @property
    def site(self) -> Path:
        """Generated documentation."""
        return self.home / "site"

    @property
    def state(self) -> Path:
        """Locks, claims, the last run."""
        return self.home / "state"

    @property
    def logs(self) -> Path:
        """Logs, without values."""
        return self.home / "logs"

    def now(self) -> datetime:
        """Wall clock in China, its day replaced by the pinned one. Called by the CLI and the DAGs only."""
        real = datetime.now(TIME_ZONE)
        if self.today is None:
            return real
        return datetime.combine(self.today, real.timetz())

    def clock(self) -> date:
        """Today in China, or the pinned day. Called by the CLI and the DAGs only."""
        return self.now().date()


def connection_text(name: str) -> str | None:
    """The Airflow connection ``AIRFLOW_CONN_<NAME>`` of the environment, None where there is none."""
    return os.environ.get(f"AIRFLOW_CONN_{name.upper()}") or None


def load(home: Path | None = None) -> Settings:
    """Settings of ``home``, else of ``ONETABLE_HOME``, else of ``./var``; sets umask and log mask of the process."""
    os.umask(0o077)
    log_mask.install()
    root = (home or Path(os.environ.get("ONETABLE_HOME") or "var")).absolute()
    county_file = root / "county.toml"
    values: dict[str, object] = {}
    if county_file.is_file():
        try:
            values = tomllib.loads(county_file.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"county.toml cannot be read: {error}") from None
    try:
        return Settings(
            home=root,
            county=str(values.get("county_code", _SAMPLE_COUNTY)),
            county_name=str(values.get("county_name", "测试县")),
            today=_day(values.get("today")),
            settle_seconds=float(str(values.get("settle_seconds", 10.0))),
            threads=int(os.environ.get("ONETABLE_THREADS") or os.cpu_count() or 2),
            memory_limit=os.environ.get("ONETABLE_MEMORY") or str(values.get("memory_limit", "4GB")),
            intake_memory_limit=os.environ.get("ONETABLE_MEMORY") or str(values.get("intake_memory_limit", "1GB")),
            definition_version=str(values.get("definition_version", "v1")),
            closed_periods=_words(values.get("closed_periods")),
        )
    except ValueError as error:
        raise SettingsError(f"county.toml or the environment holds a value that cannot be used: {error}") from None


def _day(value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(str(value))


def _words(value: object) -> frozenset[str]:
    return frozenset(str(item) for item in value) if isinstance(value, list) else frozenset()
