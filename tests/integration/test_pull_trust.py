"""Pull sources trusted by a certificate file, a password, a key in a file; what they bring meets the landing gate."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from expectations.gate import check_landing
from pipeline.receiving.pull import DELIVERED
from tests.builders.pulling import SECRET, county, kept, pull_one, sources
from tests.builders.web import Answer, Web, web
from tests.integration.landing_home import Home, enrolments

NAME = "610099_202006_医保参保缴费_增量.csv"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return county(tmp_path / "home")


def certificate(folder: Path) -> Path:
    """A self-signed certificate for loopback with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    begin = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + plain)
    return path


def over_https(home: Home, server: Web, more: str) -> None:
    sources(
        home.settings,
        f"""
        [sources.yibao]
        kind = "http"
        feed = "medical/enrolments"
        url = "{server.url}"
        format = "csv"
        period = "202006"
        mode = "增量"
        area_code = "610099"
        attempts = 1
        {more}
        """,
    )


def test_a_server_of_our_own_authority_is_trusted_by_its_file_only(home: Home, tmp_path: Path) -> None:
    made = certificate(tmp_path)
    with web(made) as server:
        server.answer = lambda _: Answer(enrolments(12).encode())
        over_https(home, server, "")
        assert pull_one(home.settings).outcome != DELIVERED
        assert server.asked == []
        (home.settings.home / "authority.pem").write_bytes(made.read_bytes())
        over_https(home, server, 'ca_file = "authority.pem"')
        result = pull_one(home.settings)
        assert result.outcome == DELIVERED, result
    [landed] = home.ingest(landing_gate=check_landing)
    assert (landed.status, landed.counts["rows_in"]) == ("accepted", 12), landed
    assert list((home.settings.state / "gx").rglob("*")) != []


class _ByPassword(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("yibao", SECRET)


@contextmanager
def sftp(folder: Path, client_key: str | None = None) -> Iterator[tuple[int, str]]:
    """An SFTP server that lets in one password, or one key; yields its port and its line for known_hosts."""
    loop, started = asyncio.new_event_loop(), threading.Event()
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    found: list[int] = []
    options = {"authorized_client_keys": asyncssh.import_authorized_keys(client_key)} if client_key else {}

    def factory(channel: asyncssh.SSHServerChannel) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(folder))

    async def serve() -> None:
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            sftp_factory=factory,
            server_factory=asyncssh.SSHServer if client_key else _ByPassword,
            **options,
        )
        found.append(server.get_port())
        started.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(20)
    line = f"[127.0.0.1]:{found[0]} {host_key.export_public_key().decode().strip()}"
    try:
        yield found[0], line
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def over_sftp(home: Home, line: str) -> None:
    sources(
        home.settings,
        f"""
        [sources.yibao]
        kind = "sftp"
        feed = "medical/enrolments"
        connection = "yibao_sftp"
        folder = "/"
        pattern = "*.csv"
        known_hosts = ["{line}"]
        stable_seconds = 0.1
        """,
    )


def login(monkeypatch: pytest.MonkeyPatch, port: int, **more: object) -> None:
    values = {"conn_type": "sftp", "host": "127.0.0.1", "port": port, "login": "yibao", **more}
    monkeypatch.setenv("AIRFLOW_CONN_YIBAO_SFTP", json.dumps(values))


def offer(folder: Path) -> Path:
    folder.mkdir()
    (folder / NAME).write_text(enrolments(7), encoding="utf-8")
    return folder


def test_a_password_opens_the_door_and_a_wrong_one_does_not(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sftp(offer(tmp_path / "offered")) as (port, line):
        over_sftp(home, line)
        login(monkeypatch, port, password="falsch")
        assert pull_one(home.settings).outcome != DELIVERED
        login(monkeypatch, port, password=SECRET)
        assert pull_one(home.settings).files == (NAME,)
    assert SECRET not in kept(home.settings)
    assert home.ingest()[0].counts["rows_in"] == 7


def test_a_key_may_lie_in_a_file(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = tmp_path / "client"
    path.write_bytes(key.export_private_key())
    path.chmod(0o600)
    with sftp(offer(tmp_path / "offered"), key.export_public_key().decode()) as (port, line):
        over_sftp(home, line)
        login(monkeypatch, port, extra={"key_file": str(path)})
        assert pull_one(home.settings).files == (NAME,)
