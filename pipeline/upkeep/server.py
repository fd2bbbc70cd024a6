"""Preparing a server: Unix accounts, folder rights, the SFTP part of sshd, as a plan that is shown before it is done.

Data in: the home, the departments, where their SFTP roots shall lie. Data out: commands and one file for sshd.
Each department is an account without a shell, locked into its root by sshd: ``ingest/`` takes files and shows none,
``outbox/`` shows its own and takes none. The home belongs to the pipeline's account alone; its drop folders and
outboxes are links to the departments' roots, into which what lay in them before has moved. What is shown is all that
is done, and it can be run again.
Not here: Airflow's accounts, firewalls and disks (docs/security.md has the list).
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from connectors import audit
from connectors.contract import SECTORS, feeds
from pipeline.decisions import files as decision_files
from pipeline.ledger import review_files

if TYPE_CHECKING:
    from pipeline.settings import Settings

_ADD_ONLY, _LOOK_ONLY = "2370", "2750"
"""Modes: the owner may add but not look and the pipeline both; the pipeline may add and the group look."""
_PLAIN = re.compile(r"/[A-Za-z0-9._/-]+")
"""Paths that sshd reads as they are written, without quotes and tokens of its own."""


class ServerError(Exception):
    """The plan cannot be made, or broke off at a step; what came before it stays done and may be done again."""


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
    """What has to be run as root, in order.

    Raises:
        ServerError: sshd would not read a path, or a department's root would lie in the home.
    """
    for path in (server.sftp, server.keys):
        if not _PLAIN.fullmatch(str(path)):
            raise ServerError(f"{path}：须为绝对路径，且只含字母、数字和 . _ - /，否则 sshd 读不了它的配置")
    if server.sftp.is_relative_to(settings.home):
        raise ServerError(f"{server.sftp} 在 ONETABLE_HOME 之内：部门的根目录须属于 root，请用 --sftp 另选")
    return [
        *_accounts(server),
        ["mkdir", "-p", str(settings.home), str(server.sshd.parent)],
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
    yield ["install", "-d", "-o", "root", "-g", "root", "-m", "755", str(root)]
    for part, parent in (("ingest", settings.ingest), ("outbox", settings.outbox)):
        yield ["install", "-d", "-o", server.pipe, "-g", server.pipe, "-m", "700", str(parent)]
        yield ["sh", "-c", _move(parent / sector, root / part)]
        yield ["ln", "-sfnT", str(root / part), str(parent / sector)]
    yield ["install", "-d", "-o", "root", "-g", "root", "-m", "755", str(root / "ingest")]
    for name in _folders(sector):
        yield ["install", "-d", "-o", account, "-g", server.pipe, "-m", _ADD_ONLY, str(root / "ingest" / name)]
    yield ["install", "-d", "-o", server.pipe, "-g", account, "-m", _LOOK_ONLY, str(root / "outbox")]
    # Answers that were there before become readable for the department.
    yield ["chgrp", "-R", account, str(root / "outbox")]
    yield ["chmod", "-R", "u=rwX,g=rX,o=", str(root / "outbox")]


def _folders(sector: str) -> Iterator[str]:
    """Where a department drops files: its feeds, and for the register's office its decisions."""
    yield from (feed.entity for feed in feeds() if feed.sector == sector)
    yield from (name for owner, name in (decision_files.FOLDER, review_files.FOLDER) if owner == sector)


def _move(folder: Path, target: Path) -> str:
    """A drop folder or outbox that exists moves into the department's root, beside what lies there already."""
    old, new = shlex.quote(str(folder)), shlex.quote(str(target))
    return (
        f"test -L {old} || test ! -d {old} || if test -d {new};"
        f" then cp -a --backup=numbered {old}/. {new}/ && rm -r {old}; else mv -T {old} {new}; fi"
    )


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
        ServerError: nobody but root can, or a command failed.
    """
    plan = commands(settings, server)
    if os.geteuid() != 0:
        raise ServerError("--apply 须以 root 执行；没有改变任何内容")
    for command in plan:
        if subprocess.run(command, check=False).returncode:  # noqa: S603 - the commands above
            raise ServerError(f"没有做完，停在这一步：{shlex.join(command)}；排除原因后可重新运行")
    server.sshd.write_text(sshd_config(server), encoding="utf-8")
