"""Departments as real accounts behind a real sshd: what one may do with its own folders and with another's.

Needs root, useradd and openssh-server; without them the class is skipped and says so.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh

from pipeline.upkeep import server
from tests.builders.pulling import free_port, wait_until
from tests.builders.sshd import PROGRAM, _answers, key
from tests.integration.landing_home import Home, enrolments, id_no
from tests.torture.table import Count

SECTORS = ("medical", "water", "education")
_DENIED = (asyncssh.SFTPError, asyncssh.Error, OSError)
ACTIONS = ("list", "read", "write", "change", "rename", "link", "remove")


def why_not() -> str:
    """Why it cannot run here; empty if it can."""
    if os.geteuid() != 0:
        return "needs root"
    if not PROGRAM.exists() or shutil.which("useradd") is None:
        return "needs openssh-server and useradd"
    if not Path("/srv").is_dir():
        return "needs /srv"
    return ""


def _do(action: str, path: Path) -> object:
    """One thing that a thief might try."""
    if action == "list":
        return list((path if path.is_dir() else path.parent).iterdir())
    if action == "read":
        return path.read_bytes()
    if action == "write":
        return (path / "new" if path.is_dir() else path.with_name("new")).write_bytes(b"x")
    if action == "change":
        with path.open("ab") as stream:
            return stream.write(b"x")
    if action == "rename":
        return path.rename(f"{path}.moved")
    if action == "link":
        return os.link(path, f"/tmp/onetable-link-{os.getpid()}")
    return path.unlink()


class Office:
    """A prepared server with one file of each department in its drop folder and in its outbox."""

    def __init__(self, base: Path, tag: str) -> None:
        self.base, self.port = base, free_port()
        self.server = server.Server(
            sftp=base / "sftp", keys=base / "authorized", sshd=base / "sshd.conf", pipe=f"ot{tag}_pipe",
            audit=f"ot{tag}_audit",
            group=f"ot{tag}_departments", prefix=f"ot{tag}_", sectors=SECTORS,
        )  # fmt: skip
        self.home = Home.make(base / "home").with_villages()

    def prepare(self) -> None:
        """As ``onetable setup-server --apply`` does, then keys, and one delivery of each."""
        server.apply(self.home.settings, self.server)
        for sector in SECTORS:
            account = self.server.account(sector)
            key(self.base / f"{account}.key")
            shutil.copyfile(self.base / f"{account}.key.pub", self.server.keys / account)
            (self.server.keys / account).chmod(0o644)

    def secret_of(self, sector: str) -> list[Path]:
        """Files that no other department may touch."""
        root = self.server.sftp / self.server.account(sector)
        return sorted(path for path in root.rglob("*") if path.is_file())

    def as_user(self, sector: str, action: str, path: Path) -> bool:
        """Whether the department's account may do it, by the operating system's own rules."""
        return self.as_account(self.server.account(sector), action, path)

    def as_account(self, name: str, action: str, path: Path) -> bool:
        """Whether an account of the machine may do it."""
        child = os.fork()
        if child:
            return os.waitpid(child, 0)[1] == 0
        try:
            account = pwd.getpwnam(name)
            os.setgroups(os.getgrouplist(account.pw_name, account.pw_gid))
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
            _do(action, path)
        except BaseException:
            os._exit(7)
        os._exit(0)

    @contextmanager
    def sshd(self) -> Iterator[None]:
        """Run sshd on loopback with the configuration that setup-server wrote."""
        Path("/run/sshd").mkdir(exist_ok=True)
        key(self.base / "host")
        config = self.base / "sshd_main.conf"
        config.write_text(
            f"ListenAddress 127.0.0.1\nPort {self.port}\nHostKey {self.base}/host\nPidFile none\nUsePAM no\n"
            f"StrictModes no\nSubsystem sftp internal-sftp\n{self.server.sshd.read_text()}"
        )
        with (self.base / "sshd.log").open("wb") as log:
            process = subprocess.Popen([str(PROGRAM), "-D", "-e", "-f", str(config)], stderr=log)
        try:
            wait_until(lambda: _answers(self.port))
            yield
        finally:
            process.terminate()
            process.wait(20)

    def sftp(self, sector: str, action: str, *names: str) -> bool:
        """Whether it may be done over SFTP."""
        return asyncio.run(self._sftp(sector, action, *names))

    async def _sftp(self, sector: str, action: str, *names: str) -> bool:
        account = self.server.account(sector)
        connection = asyncssh.connect(
            "127.0.0.1", self.port, username=account, client_keys=[str(self.base / f"{account}.key")], known_hosts=None
        )
        try:
            async with connection as line, line.start_sftp_client() as client:
                if action == "put":
                    async with client.open(names[0], "w") as remote:
                        await remote.write(names[1])
                elif action == "get":
                    async with client.open(names[0], "rb") as remote:
                        await remote.read()
                elif action == "shell":
                    return (await line.run("id", check=False)).exit_status == 0
                else:
                    await getattr(client, action)(*names)
        except _DENIED:
            return False
        return True

    def remove(self) -> None:
        """Take the accounts away again."""
        for sector in SECTORS:
            subprocess.run(["userdel", self.server.account(sector)], check=False, capture_output=True)
        for account in (self.server.pipe, self.server.audit):
            subprocess.run(["userdel", account], check=False, capture_output=True)
        for group in (self.server.pipe, self.server.audit, self.server.group, *map(self.server.account, SECTORS)):
            subprocess.run(["groupdel", group], check=False, capture_output=True)


def matrix(folder: Path, rng: random.Random, tries: int) -> Count:
    """Every department against every other, over SFTP and as an account of the machine; and what it may do at home."""
    del folder, tries
    count = Count("isolation", skipped=why_not())
    if count.skipped:
        return count
    # sshd locks nobody into a folder below one that others may write to, as temporary folders are.
    base = Path(tempfile.mkdtemp(prefix="onetable-isolation-", dir="/srv"))
    base.chmod(0o755)
    office = Office(base, f"{rng.randrange(10_000):04d}")
    try:
        office.prepare()
        with office.sshd():
            _at_home(office, count)
            _abroad(office, count)
        _home_of_the_pipeline(office, count)
    finally:
        office.remove()
        shutil.rmtree(base, ignore_errors=True)
    return count


def _at_home(office: Office, count: Count) -> None:
    """What a department can do: drop a file, fetch an answer; not look into the drop folder, not write an answer."""
    roster = enrolments(6)
    wanted = {
        ("put", "/ingest/enrolments/医保.csv.part", roster): True,
        ("rename", "/ingest/enrolments/医保.csv.part", "/ingest/enrolments/医保.csv"): True,
        ("listdir", "/ingest/enrolments"): False,
        ("listdir", "/outbox"): True,
        ("put", "/outbox/forged.xlsx", "x"): False,
        ("mkdir", "/outside"): False,
        ("rmdir", "/ingest/enrolments"): False,
        ("symlink", "/etc/passwd", "/outbox/link"): False,
        ("shell",): False,
        ("get", "/etc/passwd"): False,
        ("get", "/../../../etc/passwd"): False,
    }
    for (action, *names), may in wanted.items():
        is_right = office.sftp("medical", action, *names) == may
        count.add(f"own {action} {names[0][:30] if names else ''}", {"other": int(not is_right)})
    [landed] = office.home.ingest()
    answers = sorted(path.name for path in (office.server.sftp / office.server.account("medical") / "outbox").iterdir())
    count.add("delivered by SFTP", {"lost": int(landed.status != "accepted" or not answers)}, landed.status)
    count.add("answer", {"lost": int(not all(office.sftp("medical", "get", f"/outbox/{name}") for name in answers))})
    office.sftp("medical", "put", "/ingest/enrolments/waiting.csv", enrolments(6, note="x"))


def _abroad(office: Office, count: Count) -> None:
    for thief in SECTORS:
        for owner in SECTORS:
            if thief == owner:
                continue
            other = office.server.account(owner)
            for path in (f"/../{other}/outbox", f"{office.server.sftp}/{other}/outbox", f"/ingest/../../{other}"):
                for action in ("listdir", "get"):
                    count.add(f"{thief} sftp {action} {owner}", {"leaked": int(office.sftp(thief, action, path))})
            folders = [office.server.sftp / other / part for part in ("outbox", "ingest/enrolments")]
            for path in [*office.secret_of(owner), *(folder for folder in folders if folder.is_dir())]:
                for action in ACTIONS:
                    if action in ("change", "link", "remove", "read") and path.is_dir():
                        continue
                    may = office.as_user(thief, action, path)
                    count.add(f"{thief} {action} {owner} {path.suffix}", {"leaked": int(may)})


def _home_of_the_pipeline(office: Office, count: Count) -> None:
    settings = office.home.settings
    for thief in SECTORS:
        for path in (
            settings.warehouse,
            settings.token_key,
            settings.vault_db,
            settings.home / "audit" / "audit.jsonl",
        ):
            for action in ("read", "change", "rename", "remove", "list"):
                count.add(f"{thief} {action} {path.name}", {"leaked": int(office.as_user(thief, action, path))})
    log = settings.home / "audit" / "audit.jsonl"
    wanted = {(log, "read"): True, (log, "change"): False, (log, "rename"): False, (log, "remove"): False}
    wanted |= {
        (path, action): False for path in (settings.warehouse, settings.token_key) for action in ("read", "list")
    }
    wanted |= {(settings.home, "list"): False, (settings.home, "write"): False, (settings.outbox, "list"): False}
    for (path, action), may in wanted.items():
        is_right = office.as_account(office.server.audit, action, path) == may
        count.add(f"auditor {action} {path.name}", {"leaked": int(not is_right)})
    stray = office.home.files("audit")["audit.jsonl"]
    count.add("no id in the audit log", {"leaked": int(id_no(0).encode() in stray)})
