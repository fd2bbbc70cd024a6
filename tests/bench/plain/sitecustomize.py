"""The same product with nothing encrypted, to measure what encryption costs; only on the path of tests/bench/bench.py.

Python imports this module by itself before any other. Database files are attached in clear, spill is in clear, sealed
files keep their form but not their cipher. Tokens stay: they are no encryption at rest.
"""

from __future__ import annotations

import os
from typing import Any

from cryptography.exceptions import InvalidTag

from connectors import encryption, sealed, warehouse
from identity import vault
from pipeline.candidate import build

_TAG_BYTES = 16


class _NoCipher:
    """Stands in for AES-GCM: the same lengths, no work."""

    def __init__(self, _: bytes) -> None: ...

    def encrypt(self, _: bytes, block: bytes, kind: bytes) -> bytes:
        return block + kind * _TAG_BYTES

    def decrypt(self, _: bytes, block: bytes, kind: bytes) -> bytes:
        if block[-_TAG_BYTES:] != kind * _TAG_BYTES:
            raise InvalidTag
        return block[:-_TAG_BYTES]


def _attach(con: Any, path: Any, name: str, *, read_only: bool = False, patiently: Any = None, **_: Any) -> None:
    statement = f'attach {encryption.quoted(str(path))} as "{name}" {"(read_only)" if read_only else ""}'
    (patiently or (lambda connect: connect()))(lambda: con.execute(statement))


def _connected(path: Any, **options: Any) -> Any:
    con = _CONNECT(path, **options)
    con.execute("set temp_file_encryption = false")
    return con


def _attach_vault(con: Any, path: Any, _: Any, *, read_only: bool = False, **__: Any) -> None:
    _attach(con, path, vault.NAME, read_only=read_only)
    if not read_only:
        con.execute(f"create table if not exists {vault.NAME}.ids (person_key varchar, id_no varchar)")


def _environment_of_dbt(*arguments: Any) -> dict[str, str]:
    return {**_ENVIRONMENT(*arguments), "PYTHONPATH": os.environ["PYTHONPATH"]}


_CONNECT, _ENVIRONMENT = warehouse._connect, build._environment
warehouse._connect = _connected
encryption.attach = _attach
encryption.attach_for_this_process = lambda con, path, name: _attach(con, path, name)
encryption.is_encrypted = lambda path: path.exists()
encryption.demand_encrypted = lambda path: None
encryption.load_extension = lambda con: None
sealed.AESGCM = _NoCipher
vault.attach = _attach_vault
build._environment = _environment_of_dbt
