"""Great Expectations on DuckDB: a datasource that keeps one connection.

Why it exists: DuckDB gives a result to the connection that asked, and Great Expectations' SQL engine closes that
connection before it reads the answer, so every expectation fails with an exception. The engine below holds one
connection for its life.
Data in: an open DuckDB connection (its cursor is used: private transactions, same database, nothing is closed that
belongs to the caller). Data out: query assets to validate.

Importing this module imports Great Expectations (seconds): only ``gate`` does so, inside its functions.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import duckdb_engine
import sqlalchemy
from great_expectations.compatibility import pydantic
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from sqlalchemy.pool import StaticPool

from connectors.warehouse import own_cursor

if TYPE_CHECKING:
    from connectors.warehouse import Connection


class HeldConnectionEngine(SqlAlchemyExecutionEngine):
    """An execution engine that asks all its questions on one connection."""

    @contextmanager
    def get_connection(self) -> Iterator[Any]:
        """The one connection; it is not closed between questions.

        A question that fails aborts its transaction: without the rollback every later question would fail with it.
        """
        if self._connection is None:
            self._connection = self.engine.connect()
        try:
            yield self._connection
        except Exception:
            self._connection.rollback()
            raise

    def close(self) -> None:
        """Give the connection back; the caller's own DuckDB connection stays open."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        super().close()


class DuckdbDatasource(SQLDatasource):
    """A datasource of type ``duckdb`` over a connection that somebody else opened; see :meth:`hold`."""

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]
    connection_string: str = "duckdb:///:memory:"

    _held: Any = pydantic.PrivateAttr(None)

    @property
    def execution_engine_type(self) -> builtins.type[HeldConnectionEngine]:
        """The engine class that Great Expectations asks for."""
        return HeldConnectionEngine

    def hold(self, connection: Connection) -> None:
        """Use ``connection`` (a cursor of it) for every question from now on."""
        engine = sqlalchemy.create_engine(
            "duckdb://",
            creator=lambda: duckdb_engine.ConnectionWrapper(own_cursor(connection)),
            poolclass=StaticPool,
        )
        self._engine = engine
        self._held = HeldConnectionEngine(engine=engine, create_temp_table=False)

    def get_engine(self) -> sqlalchemy.Engine:
        """The SQLAlchemy engine over the held connection."""
        if self._engine is None:
            raise RuntimeError("DuckdbDatasource.hold was not called")
        engine: sqlalchemy.Engine = self._engine
        return engine

    def get_execution_engine(self) -> HeldConnectionEngine:
        """The engine over the held connection."""
        if self._held is None:
            raise RuntimeError("DuckdbDatasource.hold was not called")
        engine: HeldConnectionEngine = self._held
        return engine

    def test_connection(self, test_assets: bool = True) -> None:
        """Nothing to test: the connection is open before the datasource knows of it."""

    def release(self) -> None:
        """Close the cursor that the questions were asked on."""
        if self._held is not None:
            self._held.close()
            self._held = None
            self._engine = None
