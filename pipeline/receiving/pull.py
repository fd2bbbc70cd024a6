"""Pulling: every source of ``<home>/connections.toml`` is asked for what is new; it lands in the drop folders.

Data in: the connections file, logins through a resolver. Data out: files under ``ingest/``; what became of each source.
Not here: reading the files that were pulled (pipeline/receiving/ingest.py) and the clock: day and time are a parameter.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime

from connectors import machine_faults
from connectors.sources import landing
from connectors.sources.config import FILE_NAME, HttpSpec, SftpSpec, Source, SqlSpec, read_sources
from connectors.sources.deadline import OverdueError, within
from connectors.sources.errors import ConfigurationError, FeedUnavailableError
from connectors.sources.http import pull_http
from connectors.sources.landing import Fetched
from connectors.sources.login import Login, Resolver, resolve
from connectors.sources.sftp import pull_sftp
from connectors.sources.sql import pull_sql
from connectors.warehouse import WarehouseBusyError, hold
from pipeline import policy
from pipeline.repository import place_of
from pipeline.settings import Settings, connection_text

DELIVERED, UNCHANGED, UNAVAILABLE, MISCONFIGURED = "delivered", "unchanged", "unavailable", "misconfigured"
Progress = Callable[[str, float | None, float | None], None]

_LONGEST = "pull_source_minutes"
_MINUTE = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pulled:
    """What became of one source."""

    name: str
    outcome: str
    """delivered | unchanged | unavailable (the next pull tries again) | misconfigured (the operator mends it)."""
    feed: str = ""
    kind: str = ""
    files: tuple[str, ...] = ()
    rows: int | None = None
    bytes: int = 0
    error: str | None = None

    def to_json(self) -> dict[str, object]:
        """The form that ``onetable pull --json`` prints."""
        return {**asdict(self), "files": list(self.files)}


def has_sources(settings: Settings) -> bool:
    """Whether this home has a connections file."""
    return (settings.home / FILE_NAME).is_file()


def pull(
    settings: Settings,
    *,
    pulled_on: date,
    names: Collection[str] | None = None,
    resolver: Resolver | None = None,
    progress: Progress | None = None,
    longest_seconds: float | None = None,
) -> list[Pulled]:
    """Ask every source for what is new; one that fails or does not come to an end stops no other.

    Args:
        settings: the home.
        pulled_on: the day of the pull, for periods such as ``{yyyy}{mm}``; with its time, a change that is dated later
            does not move a watermark.
        names: only these sources; None for all.
        resolver: name of a connection → its URI; the environment if None.
        progress: told of each source.
        longest_seconds: after which one source is given up; what policy says if None.

    Raises:
        ConfigurationError: connections.toml as a whole cannot be read, or a name is not in it.
    """
    if not has_sources(settings):
        if names:
            raise ConfigurationError(f"没有 {FILE_NAME} / there is no {FILE_NAME}")
        return []
    try:
        sources = read_sources((settings.home / FILE_NAME).read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigurationError(f"{FILE_NAME} 不是 UTF-8 编码 / is not UTF-8") from None
    if unknown := set(names or ()) - sources.keys():
        raise ConfigurationError(f"{FILE_NAME} 中没有：{'、'.join(sorted(unknown))} / no such source")
    chosen = [name for name, source in sources.items() if source is not None and (names is None or name in names)]
    longest = _longest(settings, pulled_on) if longest_seconds is None else longest_seconds
    results = []
    for place, name in enumerate(chosen):
        if progress is not None:
            progress(name, place, len(chosen))
        source = sources[name]
        results.append(
            _one(settings, source, pulled_on, resolver or connection_text, longest)
            if isinstance(source, Source)
            else Pulled(name, MISCONFIGURED, error=str(source))
        )
    return results


def _longest(settings: Settings, pulled_on: date) -> float:
    """Seconds that policy gives one source; 0 where it sets no end."""
    day = pulled_on.date() if isinstance(pulled_on, datetime) else pulled_on
    return float(policy.value(_LONGEST, settings.county, day) or 0) * _MINUTE


def _one(settings: Settings, source: Source, pulled_on: date, resolver: Resolver, longest: float) -> Pulled:
    """Pull one source; whatever goes wrong is told without a value in it."""
    about = Pulled(source.name, UNAVAILABLE, source.feed, source.kind)
    lock = settings.state / "sources" / f"{source.name}.lock"
    try:
        with hold(lock, wait_seconds=0), within(longest):
            fetched = _fetch(settings, source, pulled_on, resolver)
    except WarehouseBusyError:
        outcome, error = UNAVAILABLE, "另一个进程正在拉取这个来源 / another process is pulling it"
    except FeedUnavailableError as problem:
        outcome, error = UNAVAILABLE, str(problem)
    except OverdueError:
        outcome = UNAVAILABLE
        error = (
            f"{longest / _MINUTE:g} 分钟还没有取完（对方应答太慢或停住），已停止，没有全部投递，下次再取；"
            f"时限是政策参数 {_LONGEST} / not finished in time; not everything was delivered"
        )
    except ConfigurationError as problem:
        outcome, error = MISCONFIGURED, str(problem)
    except Exception as problem:
        kind = type(problem).__name__
        what = machine_faults.reason(problem) or f"意外错误（{kind}，{place_of(problem)}）"
        outcome, error = UNAVAILABLE, f"{what}，没有全部投递，下次再取 / not everything was delivered"
    else:
        return Pulled(
            source.name,
            UNCHANGED if fetched.is_unchanged else DELIVERED,
            source.feed,
            source.kind,
            fetched.files,
            fetched.rows,
            fetched.size,
        )
    _log.error("pull source %s: %s: %s", about.name, outcome, error)
    return Pulled(about.name, outcome, about.feed, about.kind, error=error)


def _fetch(settings: Settings, source: Source, pulled_on: date, resolver: Resolver) -> Fetched:
    spec = source.spec
    at = landing.desk(settings.home, source.name, source.feed, source.side(pulled_on))
    needs_login = not isinstance(spec, HttpSpec) or spec.auth != "none"
    login = resolve(source.connection, resolver) if needs_login else Login()
    if isinstance(spec, SqlSpec):
        return pull_sql(spec, login, at, pulled_on)
    if isinstance(spec, SftpSpec):
        return pull_sftp(spec, login, at, settings.home)
    return pull_http(spec, login, at, settings.home)
