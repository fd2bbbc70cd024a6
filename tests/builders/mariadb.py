"""A real MariaDB on loopback, in a folder that is thrown away: what pulls from MySQL are tested against."""

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

import pymysql

from tests.builders.pulling import SECRET, free_port, wait_until

PACKAGE = "mariadb-server"
SERVER, INSTALLER = "mariadbd", "mariadb-install-db"


def is_there() -> bool:
    """Whether this machine has the server."""
    return shutil.which(SERVER) is not None and shutil.which(INSTALLER) is not None


@dataclass(frozen=True)
class Mariadb:
    """A running server with one database."""

    socket: Path
    port: int

    @property
    def uri(self) -> str:
        """What an Airflow connection says."""
        return f"mysql://county:{quote(SECRET)}@127.0.0.1:{self.port}/county"

    def run(self, *statements: str) -> None:
        """Statements of the owner of the server."""
        connection = pymysql.connect(unix_socket=str(self.socket), user="root", autocommit=True)
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@contextmanager
def mariadb() -> Iterator[Mariadb]:
    """Start it, stop it. As root the server runs as the user that the package made."""
    user = "mysql" if os.geteuid() == 0 else None
    base = Path(tempfile.mkdtemp(prefix="onetable-maria-"))
    if user:
        shutil.chown(base, user)
    data, running = f"--datadir={base}/data", Mariadb(base / "sock", free_port())
    try:
        install = [INSTALLER, "--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(install, user=user, cwd=base, check=True, timeout=180, stdout=subprocess.DEVNULL)
        options = ["--bind-address=127.0.0.1", f"--port={running.port}", f"--socket={running.socket}",
                   "--innodb-buffer-pool-size=16M", f"--log-error={base}/log"]  # fmt: skip
        process = subprocess.Popen([str(shutil.which(SERVER)), "--no-defaults", data, *options], user=user, cwd=base)
        try:
            wait_until(running.socket.exists)
            running.run(
                "create database county character set utf8mb4",
                f"create user county@'127.0.0.1' identified by '{SECRET}'",
                "grant all on county.* to county@'127.0.0.1'",
            )
            yield running
        finally:
            process.terminate()
            process.wait(60)
    finally:
        shutil.rmtree(base, ignore_errors=True)
