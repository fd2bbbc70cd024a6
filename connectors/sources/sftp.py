"""Files in a folder of an SFTP server whose host key is known.

Data in: a folder and a name pattern, a login, the server's key. Data out: the same files, under their own names, in
the drop folder. A broken download goes on where it stopped; a file that still grows waits.
Not here: removing anything on the server, unless the block orders it after delivery.
"""

from __future__ import annotations

import asyncio
import fnmatch
import hashlib
import json
import logging
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, cast

import asyncssh

from connectors import machine_faults
from connectors.faults import fault
from connectors.files import sha256_of, write_atomically
from connectors.originals import is_ignored, natural_order, side_path, side_values
from connectors.sources.config import SftpSpec
from connectors.sources.errors import ConfigurationError, FeedUnavailableError
from connectors.sources.landing import Desk, Fetched, deliver, is_plain_name, recall, remember
from connectors.sources.login import Login

_BLOCK = 1 << 18
_OVERLAP = 1 << 16
_UNFINISHED = (".filepart", ".uploading", ".swp", ".partial", ".writing")
_MAX_SIDE_BYTES = 65_536
_SSH_PORT = 22


@dataclass(frozen=True)
class Remote:
    """One state of a file on the server."""

    name: str
    size: int
    changed: int
    there: str
    """The name in the server's own bytes (surrogateescape), which need not be UTF-8."""

    @property
    def state(self) -> dict[str, int]:
        """What tells this state from another."""
        return {"size": self.size, "changed": self.changed}


def pull_sftp(spec: SftpSpec, login: Login, at: Desk, home: Path) -> Fetched:
    """Fetch every file that is new or changed.

    Raises:
        FeedUnavailableError: the server cannot be reached, broke off, or a file changed meanwhile. What was delivered
            before is remembered; what was downloaded in part is kept for the next pull.
        ConfigurationError: the host key is unknown, the login is refused, the folder is missing.
    """
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    try:
        return asyncio.run(_pull(spec, login, at, _known_hosts(spec, home)))
    except asyncssh.HostKeyNotVerifiable:
        raise ConfigurationError(
            "服务器的主机公钥与 known_hosts 不符，拒绝连接：可能有人冒充该服务器 / the host key is not the known one"
        ) from None
    except (asyncssh.PermissionDenied, asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        raise ConfigurationError("服务器不接受登录：请核对用户、口令或密钥 / the server refuses the login") from None
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPPermissionDenied) as error:
        raise ConfigurationError(
            f"服务器上没有这个文件夹，或者它、其中的文件无权读取（{type(error).__name__}）"
            " / the folder is missing, or it or a file in it may not be read"
        ) from None
    except (asyncssh.Error, OSError, TimeoutError) as error:
        if machine_faults.reason(error) is not None:
            raise
        raise FeedUnavailableError(
            f"SFTP 服务器没有应答或中途断开（{type(error).__name__}），下次接着传 / the SFTP server does not answer"
        ) from None


def _known_hosts(spec: SftpSpec, home: Path) -> asyncssh.SSHKnownHosts:
    text = "\n".join(spec.known_hosts)
    if spec.known_hosts_file:
        try:
            text = (home / spec.known_hosts_file).read_text(encoding="utf-8")
        except OSError:
            raise ConfigurationError("读不到 known_hosts_file / known_hosts_file cannot be read") from None
    try:
        return asyncssh.import_known_hosts(text)
    except ValueError:
        raise ConfigurationError(
            'known_hosts 写法不对，每行如 "[主机]:端口 ssh-ed25519 AAAA…" / known_hosts cannot be read'
        ) from None


async def _pull(spec: SftpSpec, login: Login, at: Desk, known_hosts: asyncssh.SSHKnownHosts) -> Fetched:
    options: dict[str, Any] = {
        "port": login.port or _SSH_PORT,
        "username": login.user,
        "known_hosts": known_hosts,
        "client_keys": _keys(login),
        "password": login.password or None,
        "config": None,
        "agent_path": None,
        "gss_host": None,
        "connect_timeout": spec.timeout_seconds,
        "login_timeout": spec.timeout_seconds,
        "keepalive_interval": spec.timeout_seconds / 3,
    }
    connecting = asyncssh.connect(login.host, **options)
    async with connecting as connection, connection.start_sftp_client(path_errors="surrogateescape") as sftp:
        return await _pull_files(spec, sftp, at)


def _keys(login: Login) -> list[asyncssh.SSHKey] | None:
    passphrase = login.extra.get("private_key_passphrase") or None
    if "private_key" in login.extra:
        return [asyncssh.import_private_key(login.extra["private_key"], passphrase)]
    if "key_file" in login.extra:
        return [asyncssh.read_private_key(login.extra["key_file"], passphrase)]
    return None


async def _pull_files(spec: SftpSpec, sftp: asyncssh.SFTPClient, at: Desk) -> Fetched:
    """Deliver what is new and settled; a file that still waits under the same name is never replaced.

    A file that cannot be had is told when the others are in.
    """
    note = recall(at)
    known: dict[str, Any] = note.setdefault("files", {})
    first = await _listed(spec, sftp)
    fresh = [remote for remote in first if _state(known.get(remote.name)) != remote.state]
    if fresh and spec.stable_seconds:
        await asyncio.sleep(spec.stable_seconds)
    settled = set(await _listed(spec, sftp)) if fresh else set()
    delivered: list[str] = []
    problems: list[Exception] = []
    size = 0
    for remote in fresh:
        waiting = at.folder / remote.name
        if remote not in settled or (waiting.exists() and waiting.stat().st_size != remote.size):
            continue
        try:
            finished = await _downloaded(spec, sftp, at, remote)
        except asyncssh.SFTPNoSuchFile:
            continue  # it was taken away meanwhile
        except (FeedUnavailableError, ConfigurationError, asyncssh.SFTPPermissionDenied) as problem:
            problems.append(problem)
            continue
        sha256 = sha256_of(finished)
        if waiting.exists() and sha256_of(waiting) != sha256:
            continue
        if waiting.exists() or known.get(remote.name, {}).get("sha256") == sha256:
            finished.unlink()
        else:
            deliver(at, finished, remote.name, await _side(spec, sftp, at, remote))
            delivered.append(remote.name)
            size += remote.size
        known[remote.name] = {**remote.state, "sha256": sha256}
        remember(at, note)
    if spec.deletes_remote:
        await _remove_delivered(spec, sftp, at, note)
    if problems:
        raise problems[0]
    return Fetched(tuple(delivered), None, size, is_unchanged=not delivered)


def _state(note: Mapping[str, Any] | None) -> dict[str, int]:
    return {key: note[key] for key in ("size", "changed")} if note else {}


async def _listed(spec: SftpSpec, sftp: asyncssh.SFTPClient) -> list[Remote]:
    found = []
    for entry in await sftp.readdir(spec.folder):
        there, attributes = str(entry.filename), entry.attrs
        name = _readable(there)
        is_file = stat.S_ISREG(attributes.permissions or 0)
        if not is_file or is_ignored(name) or name.lower().endswith(_UNFINISHED) or not is_plain_name(name):
            continue
        if fnmatch.fnmatchcase(name, spec.pattern):
            found.append(Remote(name, attributes.size or 0, attributes.mtime or 0, there))
    return sorted(found, key=lambda remote: (natural_order(remote.name), remote.name))


def _readable(there: str) -> str:
    """A name as it was meant: what is no UTF-8 comes from a Windows of the county, in GB18030."""
    name = there.encode("utf-8", "surrogateescape")
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("gb18030", "replace")


def _path(spec: SftpSpec, name: str) -> str:
    return str(PurePosixPath(spec.folder) / name)


async def _downloaded(spec: SftpSpec, sftp: asyncssh.SFTPClient, at: Desk, remote: Remote) -> Path:
    """The whole file in the scratch folder, begun anew or continued."""
    if remote.size > spec.max_bytes:
        raise ConfigurationError(f"文件大于 max_bytes（{spec.max_bytes}），未下载 / a file is larger than max_bytes")
    stem = hashlib.sha256(remote.name.encode()).hexdigest()[:24]
    partial, begun = at.scratch / f"{stem}.part", at.scratch / f"{stem}.json"
    async with sftp.open(_path(spec, remote.there), "rb") as source:
        offset = await _resumable(source, partial, begun, remote)
        write_atomically(begun, json.dumps(asdict(remote)).encode())
        with partial.open("r+b" if offset else "wb") as target:
            target.truncate(offset)
            target.seek(offset)
            while offset < remote.size and (block := await _read(source, _BLOCK, offset)):
                target.write(block)
                offset += len(block)
                fault("pull_downloading")
    after = await sftp.lstat(_path(spec, remote.there))
    if offset != remote.size or (after.size, after.mtime) != (remote.size, remote.changed):
        partial.unlink()
        raise FeedUnavailableError("文件在下载时变了，下次重取 / a file changed while it was downloaded")
    begun.unlink()
    return partial


async def _resumable(source: asyncssh.SFTPClientFile, partial: Path, begun: Path, remote: Remote) -> int:
    """Where to go on: only if the same state of the file was begun, and its last bytes are really there."""
    try:
        is_same = json.loads(begun.read_text(encoding="utf-8")) == asdict(remote)
        there = partial.stat().st_size
    except (OSError, ValueError):
        return 0
    if not is_same or there > remote.size:
        return 0
    start = max(0, there - _OVERLAP)
    with partial.open("rb") as target:
        target.seek(start)
        tail = target.read()
    return there if await _read(source, len(tail), start) == tail else 0


async def _read(source: asyncssh.SFTPClientFile, size: int, offset: int) -> bytes:
    return cast("bytes", await source.read(size, offset))


async def _side(spec: SftpSpec, sftp: asyncssh.SFTPClient, at: Desk, remote: Remote) -> dict[str, object]:
    """The sender's own side file, completed by what the block states."""
    path = _path(spec, side_path(Path(remote.there)).name)
    if not await sftp.isfile(path):
        return dict(at.side)
    async with sftp.open(path, "rb") as source:
        return {**at.side, **side_values(await _read(source, _MAX_SIDE_BYTES, 0))}


async def _remove_delivered(spec: SftpSpec, sftp: asyncssh.SFTPClient, at: Desk, note: dict[str, Any]) -> None:
    """Remove on the server what was delivered and has not changed since."""
    for remote in await _listed(spec, sftp):
        if _state(note["files"].get(remote.name)) == remote.state:
            await sftp.remove(_path(spec, remote.there))
            del note["files"][remote.name]
            remember(at, note)
