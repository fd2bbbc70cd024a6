"""What dbt-duckdb calls when it has opened its connection: attaches the candidate and the warehouse, both encrypted.

Data in: ``ONETABLE_CANDIDATE`` and ``ONETABLE_WAREHOUSE``, as build.py sets them; the home's key file.
Data out: the databases ``candidate`` (for writing) and ``wh`` (read-only) of dbt's connection.
Not here: anything else of dbt. Without the variables both are empty databases in memory, enough to parse and compile.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from connectors import encryption


class Plugin(BasePlugin):
    """Found by dbt-duckdb by this name."""

    def configure_connection(self, conn: Any) -> None:  # noqa: ANN401 - DuckDB's types stay in connectors.warehouse
        """Attach both databases."""
        encryption.load_extension(conn)
        for name, variable in (("candidate", "ONETABLE_CANDIDATE"), ("wh", "ONETABLE_WAREHOUSE")):
            path = os.environ.get(variable)
            if not path:
                conn.execute(f"attach ':memory:' as {name}")
            else:
                encryption.attach(conn, Path(path), name, read_only=name == "wh", encrypt=name == "candidate")
