"""Encryption at rest: which database files are encrypted, with which key they are opened, and that they truly are.

Data in: a connection, a path, key files. Data out: the file attached under a name (AES-GCM; its write-ahead log and
what is spilled of it are encrypted too). Not here: opening connections (connectors/warehouse.py), and the key files
themselves (connectors/keyfiles.py).

The databases of a home share one key, ``<home>/keys/database.key``; the identity vault has its own. A key is never an
argument of a process, an environment variable or a line of a profile: whoever attaches a file reads the key file.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from connectors.keyfiles import load_all, load_or_create, new_key
from connectors.sql_text import quoted

KEY_FILE = "database.key"
_KEYS = "keys"
_MAGIC, _MAGIC_AT, _FLAGS_AT = b"DUCK", 8, 20
_ENCRYPTED = 1
_TORN = "Computed AES tag differs"
"""What DuckDB says of a part that its key does not authenticate, after the key itself was found right."""
_SIGNED_ONLY = "set allow_unsigned_extensions = false"
_SMALL_BYTES = 16 << 20
"""Up to this size a file is read without the extension: loading it would take longer."""


class WrongKeyError(Exception):
    """The key does not open the file."""

    said = (
        "数据库 {path} 无法用密钥文件 {key} 打开：密钥不对或文件已损坏。"
        "请从密钥备份中取回原来的密钥；确已遗失的，用原件重建（onetable rebuild）"
    )

    def __init__(self, path: Path, key_file: Path) -> None:
        super().__init__(self.said.format(path=path.name, key=key_file.name))


class DamagedError(WrongKeyError):
    """The key opens the file, and a part of it is not what was written: torn by a kill or a power cut, or flipped."""

    said = (
        "数据库 {path} 已损坏（密文校验不通过），读不出来。没有改变任何数据；"
        "请用原件重建：onetable rebuild（损坏的库会移到一旁，不删除）"
    )


class NotEncryptedError(Exception):
    """The file lies on the disk in clear where it must not."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"数据库 {path.name} 未加密，拒绝使用；请运行 onetable keys rotate 重新加密")


def is_encrypted(path: Path) -> bool:
    """Whether the file's header says that it is encrypted; a missing or empty file is not."""
    try:
        with path.open("rb") as stream:
            header = stream.read(_FLAGS_AT + 1)
    except FileNotFoundError:
        return False
    return header[_MAGIC_AT : _MAGIC_AT + 4] == _MAGIC and header[_FLAGS_AT] & _ENCRYPTED == _ENCRYPTED


def catalog_name(path: Path) -> str:
    """The name under which a file is attached: the first word of its stem; views in it speak of themselves so."""
    return path.stem.partition("-")[0]


def demand_encrypted(path: Path) -> None:
    """Refuse a file that lies in clear.

    Raises:
        NotEncryptedError: it does.
    """
    if path.exists() and not is_encrypted(path):
        raise NotEncryptedError(path)


def key_file_of(path: Path) -> Path:
    """The key file for a database somewhere below a home: the nearest ``keys`` folder above it."""
    for folder in path.absolute().parents:
        if (folder / _KEYS).is_dir():
            return folder / _KEYS / KEY_FILE
    return path.absolute().parent / _KEYS / KEY_FILE


@cache
def _extension() -> Path:
    folder = resources.files("duckdb_extension_httpfs") / "extensions" / f"v{metadata.version('duckdb')}"
    return Path(str(folder / "httpfs.duckdb_extension"))


_checked: set[tuple[int, ...]] = set()
"""The extension's file as it was when DuckDB checked its signature in this process."""


def _seen(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def extension_options() -> dict[str, str]:
    """What a connection is to be opened with that goes on to :func:`load_extension`.

    DuckDB hashes the 20 MB of the file at each load for its signature: 0.03 s, most of what opening takes. When it has
    done so once, that file's code is in this process, and no later load of the same file brings any other in.
    """
    return {"allow_unsigned_extensions": "true"} if _seen(_extension()) in _checked else {}


def load_extension(con: Any) -> None:  # noqa: ANN401 - connectors.warehouse alone knows DuckDB's types
    """Load what DuckDB needs to write encrypted files and spill, from its Python wheel, never from the network.

    Without it DuckDB reads encrypted files, slower, and refuses to spill rather than spill in clear
    (connectors.warehouse sets ``temp_file_encryption`` on every connection). The signature is checked at a process's
    first load and whenever the file is another one. Afterwards ``con`` loads nothing that DuckDB's makers have not
    signed.
    """
    file = _extension()
    seen = _seen(file)
    if seen not in _checked:
        con.execute(_SIGNED_ONLY)
    con.execute(f"load {quoted(str(file))}")
    con.execute(_SIGNED_ONLY)
    _checked.add(seen)


def attach(
    con: Any,  # noqa: ANN401
    path: Path,
    name: str,
    *,
    read_only: bool = False,
    encrypt: bool = False,
    key_file: Path | None = None,
    patiently: Callable[[Callable[[], Any]], Any] = lambda connect: connect(),
) -> None:
    """Attach ``path`` as ``name``; a file that is not there yet is made, encrypted if ``encrypt``.

    Args:
        con: a connection.
        path: the database file.
        name: under which it is attached.
        read_only: for reading only.
        encrypt: a new file is to be encrypted.
        key_file: the key; by default that of the home in which the file lies.
        patiently: called with the attempt, to wait for another process that holds the file.

    Raises:
        WrongKeyError: no key in the key file opens it.
        DamagedError: a key does, and what opening reads is damaged.
    """
    reading = "read_only" if read_only else ""
    if not (encrypt if not path.exists() else is_encrypted(path)):
        patiently(lambda: con.execute(f'attach {quoted(str(path))} as "{name}" {f"({reading})" if reading else ""}'))
        return
    file = key_file or key_file_of(path)
    if not (read_only and path.is_file() and path.stat().st_size < _SMALL_BYTES):
        load_extension(con)
    options = f", {reading}" if reading else ""
    for key in load_all(file) if read_only or path.exists() else [load_or_create(file)]:
        statement = f'attach {quoted(str(path))} as "{name}" (encryption_key {quoted(key.hex())}{options})'
        try:
            patiently(partial(con.execute, statement))
        except Exception as error:
            if _TORN in str(error):
                raise DamagedError(path, file) from None
            if "encryption key" not in str(error).lower():
                raise
        else:
            return
    raise WrongKeyError(path, file)


def attach_for_this_process(con: Any, path: Path, name: str) -> None:  # noqa: ANN401
    """Attach a new file with a key of its own that ends with this process."""
    load_extension(con)
    con.execute(f'attach {quoted(str(path))} as "{name}" (encryption_key {quoted(new_key().hex())})')
