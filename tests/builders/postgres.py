"""A real PostgreSQL on loopback, in a folder that is thrown away."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.builders.pulling import SECRET, free_port

PACKAGE = "postgresql"


def programs() -> Path | None:
    """The folder with the newest server on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@dataclass(frozen=True)
class Postgres:
    """A running server with one database."""

    port: int

    def uri(self, password: str = SECRET, port: int | None = None) -> str:
        """What an Airflow connection says."""
        return f"postgres://county:{quote(password)}@127.0.0.1:{port or self.port}/county"

    def run(self, statement: str, rows: list[tuple[object, ...]] | None = None) -> None:
        """One statement, once or for every row."""
        with self.connect() as connection, connection.cursor() as cursor:
            if rows is None:
                cursor.execute(statement.encode())
            else:
                cursor.executemany(statement.encode(), rows)

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of its own."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="county", password=SECRET, dbname="county", connect_timeout=10
        )


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Start it, stop it. As root the server runs as the user that the package made."""
    folder = programs()
    assert folder is not None
    user = "postgres" if os.geteuid() == 0 else None
    base = Path(tempfile.mkdtemp(prefix="onetable-pg-"))
    try:
        word = base / "word"
        word.write_text(SECRET)
        if user:
            shutil.chown(base, user)
            shutil.chown(word, user)
        port = free_port()
        data = str(base / "data")
        _run([str(folder / "initdb"), "-D", data, "-U", "county", "--pwfile", str(word), "-A", "scram-sha-256",
              "-E", "UTF8", "--no-sync", "--locale=C"], user, base)  # fmt: skip
        options = f"-p {port} -h 127.0.0.1 -k {base} -c fsync=off -c max_connections=20 -c shared_buffers=16MB"
        log = str(base / "log")
        _run([str(folder / "pg_ctl"), "-D", data, "-w", "-t", "60", "-l", log, "-o", options, "start"], user, base)
        try:
            admin = psycopg.connect(
                host="127.0.0.1", port=port, user="county", password=SECRET, dbname="postgres", autocommit=True
            )
            with admin:
                admin.execute("create database county")
            yield Postgres(port)
        finally:
            _run([str(folder / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop"], user, base)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _run(command: list[str], user: str | None, folder: Path) -> None:
    subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=120)
