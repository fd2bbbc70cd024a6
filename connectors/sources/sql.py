"""Rows of a database, through SQLAlchemy: all of them, or those that changed since the last pull.

Data in: a table or a query, the map of its columns, a login. Data out: a csv file in the drop folder.
Rows stream from one read-only statement, so a pull sees one state of the source and costs no memory.
Not here: writing to the source, and guessing types: every value is written as text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.pool import NullPool

from connectors.sources import watermark
from connectors.sources.config import SqlSpec
from connectors.sources.errors import ConfigurationError, FeedUnavailableError
from connectors.sources.landing import Desk, Fetched, batch_title, deliver_next, recall, remember
from connectors.sources.login import Login
from connectors.sources.table import TableFile, cell, table_file

_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
_OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "options", "target_session_attrs", "charset", "ssl_ca")
_CONNECT_SECONDS = "15"
_MARK = "onetable_watermark"
_NOT_LET_IN = ("authentication", "no password", "role ", "database ", "denied", "unknown database")


def pull_sql(spec: SqlSpec, login: Login, at: Desk, pulled_on: date) -> Fetched:
    """Fetch what is new and lay it into the drop folder.

    Raises:
        FeedUnavailableError: the database cannot be reached or gave up half-way; nothing was delivered.
        ConfigurationError: login, driver, table, columns or watermark are wrong.
    """
    note = recall(at)
    identity = _identity(spec, at)
    if note.get("identity") != identity:
        note = {"identity": identity, "number": note.get("number", 0)}
    start = watermark.from_note(note["watermark"]) if "watermark" in note else None
    reading = watermark.Reading(note.get("seen", ()), start, spec.overlap, pulled_on)
    finished = at.scratch / "rows.csv"
    since = None if start is None else watermark.before(start, spec.overlap)
    after = dict(note)
    files: tuple[str, ...] = ()
    title = batch_title(note)
    try:
        with table_file(finished, title, list(spec.columns)) as table, _connected(spec, login) as connection:
            _copy(connection, spec, since, reading, table)
        if table.rows or not spec.watermark:
            files = deliver_next(at, after, finished, table.sha256, ".csv")
    finally:
        finished.unlink(missing_ok=True)
    if spec.watermark:
        after["seen"] = reading.remembered()
        if reading.mark is not None:
            after["watermark"] = watermark.to_note(reading.mark)
    if after != note:
        remember(at, after)
    return Fetched(files, table.rows, table.size if files else 0, is_unchanged=not files)


def _identity(spec: SqlSpec, at: Desk) -> str:
    """Changes when the block asks for something else, so that everything is read again."""
    asked = [at.feed, spec.table, spec.query, sorted(spec.columns.items()), spec.watermark]
    return hashlib.sha256(json.dumps(asked, ensure_ascii=False).encode()).hexdigest()


def _copy(
    connection: sa.Connection,
    spec: SqlSpec,
    start: watermark.Mark | None,
    reading: watermark.Reading,
    table: TableFile,
) -> None:
    result = connection.execution_options(stream_results=True, max_row_buffer=spec.batch_rows).execute(
        _question(spec, start)
    )
    for batch in result.partitions(spec.batch_rows):
        for row in batch:
            cells = [cell(value) for value in row[: len(spec.columns)]]
            if not spec.watermark or reading.is_new(row[-1], cells):
                table.row(cells)


def _question(spec: SqlSpec, start: watermark.Mark | None) -> sa.Select[Any]:
    """The statement: mapped columns, then the watermark; totally ordered, so that the same rows give the same bytes."""
    wanted = list(spec.columns.values())
    names = list(dict.fromkeys([*wanted, *filter(None, [spec.watermark]), *spec.order_by]))
    origin: Any
    if spec.query:
        query = sa.text(spec.query.replace(":", r"\:"))
        origin = query.columns(*[sa.column(name) for name in names]).subquery("pulled")
    else:
        schema, _, table = spec.table.rpartition(".")
        origin = sa.table(table, *[sa.column(name) for name in names], schema=schema or None)
    columns = [origin.c[name].label(f"c{place}") for place, name in enumerate(wanted)]
    order = [origin.c[name] for name in (spec.order_by or dict.fromkeys(wanted))]
    if not spec.watermark:
        return sa.select(*columns).select_from(origin).order_by(*order)
    mark = origin.c[spec.watermark]
    question = sa.select(*columns, mark.label(_MARK)).select_from(origin).order_by(mark, *order)
    return question if start is None else question.where(sa.or_(mark >= start, mark.is_(None)))


@contextmanager
def _connected(spec: SqlSpec, login: Login) -> Iterator[sa.Connection]:
    """A read-only connection; whatever the driver says becomes one of our two errors, without its text."""
    try:
        engine = _engine(spec, login)
        with engine.connect() as connection:
            if engine.dialect.name in ("mysql", "mariadb"):
                connection.execute(sa.text("set session transaction read only"))
                connection.rollback()
            if engine.dialect.name == "postgresql":
                connection = connection.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
                milliseconds = str(int(spec.timeout_seconds * 1000))
                connection.execute(
                    sa.text("select set_config('statement_timeout', :limit, true)"), {"limit": milliseconds}
                )
            yield connection
    except exc.DBAPIError as error:
        raise _explained(error) from None
    except (exc.NoSuchModuleError, ModuleNotFoundError):
        raise ConfigurationError(
            "没有这种数据库的驱动；MySQL 需安装 one-table[mysql] / the driver of this database is not installed"
        ) from None
    except exc.ArgumentError:
        raise ConfigurationError(
            "连接中的项不适合这种数据库，或字段写错 / the connection does not suit this database"
        ) from None
    except exc.SQLAlchemyError as error:
        raise ConfigurationError(f"查询不能执行（{type(error).__name__}） / the query cannot be run") from None


def _engine(spec: SqlSpec, login: Login) -> sa.Engine:
    driver = spec.driver or _DRIVERS.get(login.kind, login.kind)
    options = {key: value for key, value in login.extra.items() if key in _OPTIONS}
    if unread := sorted(key for key in login.extra if key.lower().startswith(("ssl", "tls")) and key not in options):
        raise ConfigurationError(
            f"连接中的 {'、'.join(unread)} 不能识别：加密要求不能略过；可用 {'、'.join(_OPTIONS)}"
            " / this demand for encryption is not understood and must not be left out"
        )
    if driver.startswith(("postgresql", "mysql")):
        options.setdefault("connect_timeout", _CONNECT_SECONDS)
    only_here: dict[str, object] = {}
    if driver == "mysql+pymysql":
        # The driver would write a password given as text in Latin-1.
        only_here = {"password": login.password.encode(), "read_timeout": spec.timeout_seconds}
    url = sa.URL.create(
        driver,
        username=login.user or None,
        password=login.password or None,
        host=login.host or None,
        port=login.port,
        database=login.schema or None,
        query=options,
    )
    return sa.create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=only_here)


def _explained(error: exc.DBAPIError) -> Exception:
    state = getattr(error.orig, "sqlstate", None) or "-"
    kind = f"{type(error).__name__}，SQLSTATE {state}"
    if isinstance(error, exc.ProgrammingError | exc.DataError | exc.NotSupportedError | exc.IntegrityError):
        return ConfigurationError(
            f"数据库不接受这个查询（{kind}）：请核对表名、字段名与权限 / the database refuses the query"
        )
    if any(word in str(error.orig).lower() for word in _NOT_LET_IN):
        return ConfigurationError(
            f"数据库不让登录（{kind}）：请核对连接中的库名、用户和口令 / the database refuses the login"
        )
    return FeedUnavailableError(f"数据库没有应答或中途断开（{kind}），下次重试 / the database does not answer")
