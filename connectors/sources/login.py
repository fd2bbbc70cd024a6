"""Logins: what an Airflow connection says about one server.

Data in: the text of a connection, a URI or JSON, as in ``AIRFLOW_CONN_<NAME>``. Data out: :class:`Login`.
Not here: where the text comes from (pipeline/settings.py, or a callable that a DAG passes in).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.sources.errors import ConfigurationError

Resolver = Callable[[str], str | None]
"""Name of a connection → its URI or JSON, None where there is none."""


@dataclass(frozen=True)
class Login:
    """One server and who we are there; the secrets do not show in its text form."""

    kind: str = ""
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    schema: str = ""
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)


def resolve(name: str, resolver: Resolver) -> Login:
    """The login of a connection.

    Raises:
        ConfigurationError: there is none of this name, or its text cannot be read.
    """
    text = resolver(name)
    if not text:
        raise ConfigurationError(
            f"没有连接“{name}”：请在 Airflow 中新建，或设环境变量 AIRFLOW_CONN_{name.upper()}"
            f" / connection '{name}' is not defined"
        )
    try:
        return _from_json(text) if text.lstrip().startswith("{") else _from_uri(text)
    except (ValueError, TypeError, AttributeError):
        raise ConfigurationError(f"连接“{name}”的写法不对 / connection '{name}' cannot be read") from None


def _from_uri(text: str) -> Login:
    parts = urlsplit(text.strip())
    if not parts.scheme:
        raise ValueError
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    extra = _words(json.loads(query.pop("__extra__", "") or "{}"))
    return Login(
        kind=parts.scheme.lower(),
        host=unquote(parts.hostname or ""),
        port=parts.port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        schema=unquote(parts.path.removeprefix("/")),
        extra={**query, **extra},
    )


def _from_json(text: str) -> Login:
    values = json.loads(text)
    extra = values.get("extra") or {}
    port = values.get("port")
    return Login(
        kind=str(values.get("conn_type") or "").lower(),
        host=str(values.get("host") or ""),
        port=int(port) if port else None,
        user=str(values.get("login") or ""),
        password=str(values.get("password") or ""),
        schema=str(values.get("schema") or ""),
        extra=_words(json.loads(extra) if isinstance(extra, str) else extra),
    )


def _words(values: Mapping[str, object]) -> dict[str, str]:
    return {str(key): str(value) for key, value in values.items() if value is not None}
