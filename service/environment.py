"""The environment that Airflow runs in: all of its state under ``<home>/airflow``, loopback only, nothing sent out.

Data in: the home folder and the ports. Data out: environment variables. PostgreSQL and another executor are set by
exporting ``AIRFLOW__DATABASE__SQL_ALCHEMY_CONN`` and ``AIRFLOW__CORE__EXECUTOR`` beforehand; those two are kept.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"
API_PORT = 8080
POOL = "duckdb"


def airflow_home(home: Path) -> Path:
    """Where Airflow keeps its own state; disposable, the warehouse alone restores the data."""
    return home.resolve() / "airflow"


def password_file(home: Path) -> Path:
    """JSON file with the generated password of the user ``admin``."""
    return airflow_home(home) / "password.json"


def airflow_environment(home: Path, base: Mapping[str, str], api_port: int = API_PORT) -> dict[str, str]:
    """All variables for an Airflow process of this home, on top of ``base``."""
    folder = airflow_home(home)
    url = f"http://{LOOPBACK}:{api_port}"
    kept = {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder / 'airflow.db'}",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    }
    fixed = {
        "ONETABLE_HOME": str(home.resolve()),
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Shanghai",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(password_file(home)),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__API__HOST": LOOPBACK,
        "AIRFLOW__API__PORT": str(api_port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__INSTANCE_NAME": "一张表 One Table",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(folder / "bundles"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "NO_PROXY": _with_loopback(base.get("NO_PROXY") or base.get("no_proxy")),
        "no_proxy": _with_loopback(base.get("NO_PROXY") or base.get("no_proxy")),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), base.get("PATH", os.defpath)]),
        "PYTHONPATH": os.pathsep.join(filter(None, [base.get("PYTHONPATH"), str(REPOSITORY)])),
    }
    return {**base, **{name: base.get(name, value) for name, value in kept.items()}, **fixed}


def prepare_home(home: Path) -> None:
    """Make Airflow's folder and, the first time, its secrets: in files of the owner, never in a log or an argument."""
    os.umask(0o077)
    airflow_home(home).mkdir(parents=True, exist_ok=True)
    _write_once(password_file(home), json.dumps({"admin": secrets.token_urlsafe(12)}))
    keys = {
        "core": ("fernet_key", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()),
        "api": ("secret_key", secrets.token_urlsafe(32)),
        "api_auth": ("jwt_secret", secrets.token_urlsafe(48)),
    }
    sections = "".join(f"[{section}]\n{key} = {value}\n" for section, (key, value) in keys.items())
    _write_once(airflow_home(home) / "airflow.cfg", sections)


def _write_once(target: Path, text: str) -> None:
    if not target.exists():
        target.write_text(text, encoding="utf-8")
        target.chmod(0o600)


def _with_loopback(value: str | None) -> str:
    return ",".join(filter(None, [value, LOOPBACK, "localhost"]))
