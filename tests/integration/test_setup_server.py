"""Preparing a server on this machine, with accounts that are taken away again: what was there before goes along."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.upkeep import server
from pipeline.upkeep.server import Server, ServerError
from tests.builders.sshd import PACKAGE, PROGRAM
from tests.integration.landing_home import Home, enrolments

FEED = "medical/enrolments"
WAITING = "610099_202007_医保_全量.csv"


@pytest.fixture
def base() -> Iterator[Path]:
    if os.geteuid() != 0 or not PROGRAM.exists():
        pytest.skip(f"needs root and an SSH server: apt-get install {PACKAGE}")
    folder = Path(tempfile.mkdtemp(prefix="onetable-setup-", dir="/srv"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def plan(base: Path) -> Iterator[Server]:
    tag = f"ot{os.getpid()}"
    made = Server(
        sftp=base / "sftp", keys=base / "keys", sshd=base / "sshd.conf", pipe=f"{tag}_pipe", audit=f"{tag}_audit",
        group=f"{tag}_all", prefix=f"{tag}_", sectors=("registry", "medical"),
    )  # fmt: skip
    yield made
    accounts = [made.pipe, made.audit, *map(made.account, made.sectors)]
    for command, names in (("userdel", accounts), ("groupdel", [*accounts, made.group])):
        for name in names:
            subprocess.run([command, name], check=False, capture_output=True)


@pytest.fixture
def home(base: Path) -> Home:
    """A home that somebody has worked in: a file waits, another was answered. Its folder has an odd name."""
    made = Home.make(base / "一 家's").with_villages()
    before = os.umask(0o077)
    made.drop(FEED, "610099_202006_医保_全量.csv", enrolments(5))
    made.ingest()
    made.drop(FEED, WAITING, enrolments(6))
    os.umask(before)
    return made


def may(account: str, path: Path) -> bool:
    """Whether an account of the machine may read a file."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    try:
        who = pwd.getpwnam(account)
        os.setgroups(os.getgrouplist(who.pw_name, who.pw_gid))
        os.setgid(who.pw_gid)
        os.setuid(who.pw_uid)
        path.read_bytes()
    except BaseException:
        os._exit(7)
    os._exit(0)


def test_what_waits_and_what_was_answered_before_goes_along(home: Home, plan: Server) -> None:
    server.apply(home.settings, plan)
    clerk, other = plan.account("medical"), plan.account("registry")
    waiting = home.settings.ingest / FEED / WAITING
    assert waiting.resolve().is_relative_to(plan.sftp)
    assert [may(account, waiting) for account in (plan.pipe, clerk, other)] == [True, False, False]
    [answer] = (plan.sftp / clerk / "outbox").glob("*_回执.xlsx")
    assert [may(account, answer) for account in (plan.pipe, clerk, other)] == [True, True, False]


def test_it_is_run_again_and_a_folder_in_the_way_is_taken_along(home: Home, plan: Server) -> None:
    server.apply(home.settings, plan)
    link = home.settings.ingest / "medical"
    link.unlink()
    home.drop(FEED, WAITING, enrolments(7))
    home.drop(FEED, "又一份.csv", enrolments(8))
    server.apply(home.settings, plan)
    server.apply(home.settings, plan)
    found = sorted(path.read_text(encoding="utf-8") for path in (home.settings.ingest / FEED).iterdir())
    assert found == sorted(map(enrolments, (6, 7, 8)))
    assert link.is_symlink()


def test_the_office_of_the_register_has_where_to_put_its_decisions(home: Home, plan: Server) -> None:
    server.apply(home.settings, plan)
    owner = pwd.getpwnam(plan.account("registry")).pw_uid
    for name in ("decisions", "reviews", "replies"):
        assert (home.settings.ingest / "registry" / name).stat().st_uid == owner


def test_all_that_is_done_was_shown(home: Home, plan: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, done, run = server.commands(home.settings, plan), [], subprocess.run

    def noted(command: list[str], *, check: bool) -> subprocess.CompletedProcess[bytes]:
        done.append(command)
        return run(command, check=check)

    monkeypatch.setattr(subprocess, "run", noted)
    server.apply(home.settings, plan)
    assert done == shown
    assert plan.sshd.read_text() == server.sshd_config(plan)


def test_what_sshd_would_not_read_is_refused(base: Path, home: Home) -> None:
    for folder in (base / "with space", base / "per%cent", Path("relative"), home.settings.home / "sftp"):
        with pytest.raises(ServerError):
            server.commands(home.settings, Server(sftp=folder))


def test_without_root_nothing_is_begun(home: Home, plan: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ServerError, match="root"):
        server.apply(home.settings, plan)
    assert (home.settings.ingest / "medical").is_dir()
    assert not plan.sftp.exists()


def test_a_step_that_fails_is_named(home: Home, plan: Server) -> None:
    plan.sftp.write_text("in the way")
    with pytest.raises(ServerError, match="停在这一步：install"):
        server.apply(home.settings, plan)
