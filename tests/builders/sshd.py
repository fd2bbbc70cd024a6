"""A real OpenSSH server on loopback that offers one folder by SFTP and notes what is read."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.builders.pulling import free_port, wait_until

PACKAGE = "openssh-server"
PROGRAM = Path("/usr/sbin/sshd")
_SFTP = Path("/usr/lib/openssh/sftp-server")
_READ = re.compile(r'close "([^"]+)" bytes read (\d+)')


@dataclass(frozen=True)
class Sshd:
    """A running server."""

    base: Path
    port: int

    @property
    def folder(self) -> Path:
        """What departments offer."""
        return self.base / "offered"

    @property
    def host_key(self) -> str:
        """Its line for known_hosts."""
        kind, key, *_ = (self.base / "host.pub").read_text().split()
        return f"[127.0.0.1]:{self.port} {kind} {key}"

    def connection(self, key: str = "client") -> str:
        """What an Airflow connection says."""
        secret = (self.base / key).read_text()
        return json.dumps(
            {
                "conn_type": "sftp",
                "host": "127.0.0.1",
                "port": self.port,
                "login": getpass.getuser(),
                "extra": {"private_key": secret},
            }
        )

    def reads(self) -> list[tuple[str, int]]:
        """File name and bytes read, for every file that was opened."""
        text = (self.base / "sftp.log").read_text()
        return [(Path(path).name, int(count)) for path, count in _READ.findall(text)]


def key(path: Path) -> None:
    """A new key pair at ``path``."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(path)], check=True)


@contextmanager
def sshd() -> Iterator[Sshd]:
    """Start it, stop it."""
    base = Path(tempfile.mkdtemp(prefix="onetable-sshd-"))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    running = Sshd(base, free_port())
    running.folder.mkdir()
    for name in ("host", "client", "stranger", "impostor"):
        key(base / name)
    shutil.copy(base / "client.pub", base / "authorized")
    (base / "sftp.log").touch()
    wrapper = base / "sftp.sh"
    wrapper.write_text(f"#!/bin/sh\nexec {_SFTP} -e -l INFO 2>>{base}/sftp.log\n")
    wrapper.chmod(0o700)
    (base / "config").write_text(
        f"ListenAddress 127.0.0.1\nPort {running.port}\nHostKey {base}/host\nAuthorizedKeysFile {base}/authorized\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        f"PermitRootLogin prohibit-password\nSubsystem sftp {wrapper}\n"
    )
    with (base / "sshd.log").open("wb") as log:
        process = subprocess.Popen([str(PROGRAM), "-D", "-e", "-f", str(base / "config")], stderr=log)
    try:
        wait_until(lambda: _answers(running.port))
        yield running
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(base, ignore_errors=True)


@contextmanager
def cut_line(port: int, after: int) -> Iterator[int]:
    """A line to ``port`` that breaks after so many bytes from the server; yields its own port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def carry(source: socket.socket, target: socket.socket, most: int) -> None:
        with contextlib.suppress(OSError):
            while most > 0 and (block := source.recv(65_536)):
                target.sendall(block[:most])
                most -= len(block)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        with contextlib.suppress(OSError):
            client, _ = listener.accept()
            with client, socket.create_connection(("127.0.0.1", port)) as upstream:
                upward = threading.Thread(target=carry, args=(client, upstream, 1 << 40))
                upward.start()
                carry(upstream, client, after)
                upward.join()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.close()
        thread.join()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
