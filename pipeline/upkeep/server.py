"""Preparing a server: Unix accounts, folder rights, the SFTP part of sshd, as a plan that is shown before it is done.

Data in: the home, the departments, where their SFTP roots shall lie. Data out: commands and one file for sshd.
Each department is an account without a shell, locked into its root by sshd: ``ingest/`` takes files and shows none,
``outbox/`` shows its own and takes none. The home belongs to the pipeline's account alone; its drop folders and
outboxes are links to the departments' roots. Everything can be run again.
Not here: Airflow's accounts, firewalls and disks (docs/security.md has the list).
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from connectors import audit
from connectors.contract import SECTORS, feeds
from connectors.files import make_folder

if TYPE_CHECKING:
    from pipeline.settings import Settings

_ADD_ONLY, _LOOK_ONLY = "2370", "2750"
"""Modes: the owner may add but not look and the pipeline both; the pipeline may add and the group look."""


@dataclass(frozen=True)
class Server:
    """Names and places of one server."""

    sftp: Path = Path("/srv/onetable/sftp")
    """Root of the departments' roots: every folder down to it belongs to root and is writable by nobody else."""
    keys: Path = Path("/etc/onetable/authorized_keys")
    sshd: Path = Path("/etc/ssh/sshd_config.d/onetable.conf")
    pipe: str = "onetable"
    audit: str = "onetable_audit"
    """Who may read the audit log, and nothing else of the home."""
    group: str = "onetable_departments"
    prefix: str = "dept_"
    sectors: Sequence[str] = field(default_factory=lambda: tuple(SECTORS))

    def account(self, sector: str) -> str:
        """The department's account, which is also its group and the name of its root."""
        return f"{self.prefix}{sector}"


def commands(settings: Settings, server: Server) -> list[list[str]]:
    """What has to be run as root, in order."""
    return [
        *_accounts(server),
        ["chown", "-R", f"{server.pipe}:{server.pipe}", str(settings.home)],
        ["chmod", "-R", "go-rwx", str(settings.home)],
        # Who reads the audit log passes through the home without seeing what is in it.
        ["chown", f"{server.pipe}:{server.audit}", str(settings.home)],
        ["chmod", "710", str(settings.home)],
        ["install", "-d", "-o", server.pipe, "-g", server.audit, "-m", _LOOK_ONLY, str(settings.home / "audit")],
        ["sh", "-c", _hand_over(settings.home / "audit" / audit.FILE, server.audit)],
        ["install", "-d", "-o", "root", "-g", "root", "-m", "755", str(server.sftp), str(server.keys)],
        *(step for sector in server.sectors for step in _department(settings, server, sector)),
    ]


def _accounts(server: Server) -> Iterator[list[str]]:
    nologin = ["--system", "--no-create-home", "--home-dir", "/", "--shell", "/usr/sbin/nologin"]
    yield ["groupadd", "--force", "--system", server.group]
    yield ["groupadd", "--force", "--system", server.pipe]
    yield _unless_there(server.pipe, ["useradd", *nologin, "--gid", server.pipe, server.pipe])
    yield ["groupadd", "--force", "--system", server.audit]
    yield _unless_there(server.audit, ["useradd", *nologin, "--gid", server.audit, server.audit])
    yield ["usermod", "--append", "--groups", server.audit, server.pipe]
    for sector in server.sectors:
        account = server.account(sector)
        yield ["groupadd", "--force", "--system", account]
        yield _unless_there(account, ["useradd", *nologin, "--gid", account, "--groups", server.group, account])
        # No password fits, yet the account is not locked: sshd would refuse its key too.
        yield ["usermod", "--password", "*", account]
        # The pipeline hands files over to the department's group, so it must be one of them.
        yield ["usermod", "--append", "--groups", account, server.pipe]


def _hand_over(log: Path, group: str) -> str:
    """A log that was there before becomes readable for the group; a new one is so by its folder."""
    path = shlex.quote(str(log))
    return f"test ! -e {path} || {{ chgrp {shlex.quote(group)} {path} && chmod 640 {path}; }}"


def _unless_there(account: str, command: list[str]) -> list[str]:
    return ["sh", "-c", f"id -u {shlex.quote(account)} >/dev/null 2>&1 || {shlex.join(command)}"]


def _department(settings: Settings, server: Server, sector: str) -> Iterator[list[str]]:
    account, root = server.account(sector), server.sftp / server.account(sector)
    yield ["install", "-d", "-o", "root", "-g", "root", "-m", "755", str(root), str(root / "ingest")]
    for feed in feeds():
        if feed.sector == sector:
            folder = root / "ingest" / feed.entity
            yield ["install", "-d", "-o", account, "-g", server.pipe, "-m", _ADD_ONLY, str(folder)]
    yield ["install", "-d", "-o", server.pipe, "-g", account, "-m", _LOOK_ONLY, str(root / "outbox")]
    for part, parent in (("ingest", settings.ingest), ("outbox", settings.outbox)):
        yield ["install", "-d", "-o", server.pipe, "-g", server.pipe, "-m", "700", str(parent)]
        yield ["ln", "-sfnT", str(root / part), str(parent / sector)]


def sshd_config(server: Server) -> str:
    """The part of sshd's configuration that locks departments into their roots."""
    return f"""# Made by onetable setup-server.
Match Group {server.group}
    ChrootDirectory {server.sftp}/%u
    ForceCommand internal-sftp -u 0007
    AuthorizedKeysFile {server.keys}/%u
    AuthenticationMethods publickey
    PasswordAuthentication no
    AllowTcpForwarding no
    AllowStreamLocalForwarding no
    AllowAgentForwarding no
    X11Forwarding no
    PermitTunnel no
    PermitTTY no
"""


def apply(settings: Settings, server: Server) -> None:
    """Run the plan as root and write the configuration; sshd is not restarted.

    Raises:
        CalledProcessError: a command failed; what came before it stays done.
    """
    make_folder(settings.home)
    for folder in (settings.ingest, settings.outbox):
        for sector in server.sectors:
            _make_room(folder / sector, server.sftp / server.account(sector))
    for command in commands(settings, server):
        subprocess.run(command, check=True)  # noqa: S603 - the commands above
    make_folder(server.sshd.parent)
    server.sshd.write_text(sshd_config(server), encoding="utf-8")


def _make_room(folder: Path, root: Path) -> None:
    """A drop folder or outbox that exists already moves into the department's root, with what lies in it."""
    if folder.is_dir() and not folder.is_symlink():
        target = make_folder(root) / folder.parent.name
        subprocess.run(["mv", "-nT", str(folder), str(target)], check=True)  # noqa: S603, S607
