"""The identity vault: the one place where a token can be turned back into the identifier it stands for.

Data in: identifiers of staged rows. Data out: an encrypted DuckDB file with one table, ids(person_key, id_no).
Not here: who may read it (only publication of the full table does), and making the keys (connectors/keyfiles.py).

DuckDB writes to one attached database per transaction, so rows enter the vault before the warehouse's transaction.
That is safe: an entry without a row says nothing, and entering it again changes nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from connectors import encryption
from connectors.contract import token_column
from connectors.contract.layout import DIGEST
from connectors.files import make_folder
from connectors.warehouse import Connection, DatabaseError, columns_of, patiently, roll_back

NAME = "idvault"


class VaultUnusableError(Exception):
    """The identity vault cannot be opened: damaged, in use, or the key is not its key."""


@contextlib.contextmanager
def attached(con: Connection, path: Path, key_file: Path, *, read_only: bool = False) -> Iterator[str]:
    """Attach the vault to ``con`` as ``idvault`` while the block runs."""
    attach(con, path, key_file, read_only=read_only)
    try:
        yield NAME
    finally:
        roll_back(con)
        con.execute(f"detach {NAME}")


def attach(con: Connection, path: Path, key_file: Path, *, read_only: bool = False, wait_seconds: float = 60.0) -> None:
    """Attach the vault to ``con`` as ``idvault``, waiting for whoever holds it.

    For writing it is made, encrypted, if there is none; for reading it must be there, and so must its key.
    """
    make_folder(path.parent)
    try:
        encryption.demand_encrypted(path)
        encryption.attach(
            con,
            path,
            NAME,
            read_only=read_only,
            encrypt=True,
            key_file=key_file,
            patiently=lambda connect: patiently(path, wait_seconds, connect),
        )
    except encryption.WrongKeyError as error:
        raise VaultUnusableError(f"身份库：{error}") from None
    except encryption.NotEncryptedError as error:
        raise VaultUnusableError(str(error)) from None
    except DatabaseError as error:
        kind = type(error).__name__
        raise VaultUnusableError(f"身份库 {path.name} 无法打开（{kind}）") from None
    encrypted = con.execute("select encrypted from duckdb_databases() where database_name = ?", [NAME]).fetchall()
    if encrypted != [(True,)]:
        con.execute(f"detach {NAME}")
        raise VaultUnusableError(f"身份库 {path.name} 未加密，拒绝使用")
    if not read_only:
        con.execute(f"create table if not exists {NAME}.ids (person_key varchar {DIGEST}, id_no varchar {DIGEST})")


def remember(con: Connection, table: str, id_columns: Sequence[str]) -> None:
    """Enter every identifier of ``table`` that the attached vault does not know yet; needs ``token()``.

    Where a token stands beside every identifier already, it is taken and not computed again.
    """
    if not id_columns:
        return
    columns = columns_of(con, table)
    if all(token_column(name) in columns for name in id_columns):
        texts = " union all ".join(
            f'select "{name}" as id_no, "{token_column(name)}" as person_key from {table}' for name in id_columns
        )
        seen, person_key = "select distinct id_no, person_key", "seen.person_key"
    else:
        texts = " union all ".join(f'select "{name}" as id_no from {table}' for name in id_columns)
        seen, person_key = "select distinct id_no", "token(seen.id_no) as person_key"
    con.execute(
        f"""
        insert into {NAME}.ids
        with texts as ({texts}),
        seen as ({seen} from texts where id_no is not null)
        select {person_key}, seen.id_no
        from seen
        anti join {NAME}.ids as known on known.id_no = seen.id_no
        """
    )
