"""Settings of one home: where everything lies, which county it is, how much of the machine it may use.

Data in: the environment (``ONETABLE_HOME``, ``ONETABLE_THREADS``, ``ONETABLE_MEMORY``, and ``AIRFLOW_CONN_<NAME>`` for
pull sources) and ``county.toml`` in the home.
Data out: one frozen :class:`Settings`. This is the only module that reads the environment.
Not here: policy values (dbt_project/seeds/policy_parameters.csv) and anything about feeds.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors import log_mask
from connectors.sources.block import Block

FILE_NAME = "county.toml"
TIME_ZONE = ZoneInfo("Asia/Shanghai")
_SAMPLE_COUNTY = "610099"
_MEMORY = r"(?i)\d+(\.\d+)?\s*[KMGT]i?B"
_OF_THE_MACHINE = ("ONETABLE_THREADS", "ONETABLE_MEMORY")


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
    return _read(root, _values(root / FILE_NAME))


def load_standing() -> Settings:
    """Settings of a home that is there: of one that is not, nothing can be asked or found in order.

    Raises:
        SettingsError: the folder does not exist, or as :func:`load`.
    """
    settings = load()
    if not settings.home.is_dir():
        raise SettingsError(f"没有这个文件夹：{settings.home}；请检查 ONETABLE_HOME")
    return settings


def _values(county_file: Path) -> dict[str, object]:
    """What the file says; nothing where there is none."""
    if not county_file.exists():
        return {}
    try:
        return tomllib.loads(county_file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsError(f"{FILE_NAME} 不是 UTF-8 编码 / is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{FILE_NAME} 不是有效的 TOML：{error} / is not valid TOML") from None
    except OSError as error:
        raise SettingsError(f"{FILE_NAME} 读不了（{error.strerror}） / cannot be read") from None


def _read(root: Path, values: Mapping[str, object]) -> Settings:
    """The settings of a home; a word that is none, or a value that cannot be meant, stops instead of being left out."""
    block = Block(values)
    memory = block.text("memory_limit", "4GB", form=_MEMORY)
    intake_memory = block.text("intake_memory_limit", "1GB", form=_MEMORY)
    asked = Block({name: value for name in _OF_THE_MACHINE if (value := os.environ.get(name))})
    most = asked.text("ONETABLE_MEMORY", form=_MEMORY)
    threads = asked.text("ONETABLE_THREADS", str(os.cpu_count() or 2), form=r"[1-9]\d{0,3}")
    settings = Settings(
        home=root,
        county=block.text("county_code", _SAMPLE_COUNTY, form=r"\d{4}|\d{6}"),
        county_name=block.text("county_name", "测试县"),
        today=block.day("today"),
        settle_seconds=float(block.number("settle_seconds", 10.0, most=3600)),
        threads=int(threads),
        memory_limit=most or memory,
        intake_memory_limit=most or intake_memory,
        definition_version=block.text("definition_version", "v1"),
        closed_periods=frozenset(block.words("closed_periods")),
    )
    if settings.closed_periods and not _are_periods(settings.closed_periods):
        block.wrong("closed_periods", '写法不对，如 "2019"、"201912"', 'no period; for example "2019", "201912"')
    block.finish()
    if block.problems:
        raise SettingsError(f"{FILE_NAME} " + "；".join(block.problems))
    if asked.problems:
        raise SettingsError("环境变量 / environment: " + "；".join(asked.problems))
    return settings


def _are_periods(texts: Collection[str]) -> bool:
    from connectors.intake.periods import parse_period  # half a second, which every command would wait for

    return all(parse_period(text) is not None for text in texts)
