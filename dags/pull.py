"""The pull DAG: every 15 minutes each source of ``<home>/connections.toml`` is asked for what is new.

What comes lies in the drop folders and wakes ``ingest_<sector>`` as a dropped file does. Logins come from Airflow
connections; a home without sources has no schedule. The pulling itself is in ``pipeline.receiving.pull``.
"""

from __future__ import annotations

import logging
from datetime import timedelta

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, task

from pipeline.settings import load

log = logging.getLogger("onetable.pull")
_CONNECTIONS = "connections.toml"


def airflow_connection(name: str) -> str | None:
    """The URI of an Airflow connection, None where there is none."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return Connection.get(name).get_uri()
    except AirflowNotFoundException:
        return None


with DAG(
    dag_id="pull",
    schedule=CronTriggerTimetable("*/15 * * * *", timezone="Asia/Shanghai")
    if (load().home / _CONNECTIONS).is_file()
    else None,
    start_date=pendulum.datetime(2020, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    tags=["pull"],
    doc_md="从数据库、SFTP、HTTP 拉取新数据到投递文件夹。Sources of connections.toml; a bad one stops no other.",
    default_args={"retries": 2, "retry_delay": timedelta(minutes=2)},
) as dag:

    @task
    def pull_sources() -> None:
        """Pull every source; red when one could not be pulled, tried again only where that can help."""
        from airflow.sdk.exceptions import AirflowFailException

        from pipeline.receiving.pull import MISCONFIGURED, UNAVAILABLE, pull

        home = load()
        results = pull(home, pulled_on=home.now(), resolver=airflow_connection)
        for item in results:
            log.info("%s %s %s %s rows", item.name, item.outcome, item.files, item.rows)
        if away := [item.name for item in results if item.outcome == UNAVAILABLE]:
            msg = f"unavailable: {away}; tried again"
            raise RuntimeError(msg)
        if wrong := [item.name for item in results if item.outcome == MISCONFIGURED]:
            msg = f"to be mended in {_CONNECTIONS} or in the connections: {wrong}"
            raise AirflowFailException(msg)

    pull_sources()
