"""Airflow's metadata database: its schema, the pool that lets one task at a time write DuckDB, how long runs are kept.

Runs in a process that already has the environment of :mod:`service.environment`, while no other part of Airflow runs.
Not here: the warehouse; losing this database loses history of runs, never data.
"""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from pathlib import Path

import pendulum

from service.environment import POOL

HISTORY_DAYS = 90
_GROWING = ("dag_run", "log", "job", "asset_event", "import_error")
"""Tables that grow by the day, with what hangs on them. Not triggers: the oldest are those that watch the folders."""


def prepare_database() -> None:
    """Create or upgrade the schema and the pool; quick when both are there."""
    for name in ("alembic", "airflow"):
        logging.getLogger(name).setLevel(logging.WARNING)
    from airflow.models.pool import Pool
    from airflow.utils import db

    db.initdb()
    Pool.create_or_update_pool(name=POOL, slots=1, description="DuckDB has one writer", include_deferred=False)


def forget_runs(before: pendulum.DateTime) -> None:
    """Remove what ran before; of each DAG the last scheduled run stays.

    Raises:
        RuntimeError: some of it could not be removed.
    """
    from airflow.utils.db_cleanup import run_cleanup

    with contextlib.redirect_stdout(io.StringIO()):
        run_cleanup(
            clean_before_timestamp=before,
            table_names=list(_GROWING),
            confirm=False,
            skip_archive=True,
            error_on_cleanup_failure=True,
        )


def forget_logs(folder: Path, before: pendulum.DateTime) -> None:
    """Remove the files of ``folder`` that were last written before, and folders that hold none."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):
                path.rmdir()
        elif path.lstat().st_mtime < before.timestamp():
            path.unlink()


def main() -> None:
    """Prepare the database; that the past cannot be forgotten is said and keeps nobody from working."""
    from airflow.configuration import conf

    prepare_database()
    before = pendulum.now("UTC").subtract(days=HISTORY_DAYS)
    try:
        forget_runs(before)
        forget_logs(Path(conf.get("logging", "base_log_folder")), before)
    except Exception as error:
        sys.stderr.write(
            f"runs of more than {HISTORY_DAYS} days ago could not all be removed: {type(error).__name__}\n"
        )


if __name__ == "__main__":
    main()
