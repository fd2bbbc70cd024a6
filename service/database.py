"""Airflow's metadata database: schema and the pool that lets one task at a time write DuckDB.

Runs inside a process that already has the environment of :mod:`service.environment`.
Not here: the warehouse; losing this database loses history of runs, never data.
"""

from __future__ import annotations

import logging

from service.environment import POOL


def prepare_database() -> None:
    """Create or upgrade the schema and the pool; quick when both are there."""
    for name in ("alembic", "airflow"):
        logging.getLogger(name).setLevel(logging.WARNING)
    from airflow.models.pool import Pool
    from airflow.utils import db

    db.initdb()
    Pool.create_or_update_pool(name=POOL, slots=1, description="DuckDB has one writer", include_deferred=False)


if __name__ == "__main__":
    prepare_database()
