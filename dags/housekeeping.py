"""The housekeeping DAG: once a day retention, backup and a check of what is stored.

Runs at 04:00 Asia/Shanghai, after the night's reconciliation; the steps themselves are in ``pipeline.housekeeping``.
"""

from __future__ import annotations

import logging

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, task

from pipeline.settings import load

log = logging.getLogger("onetable.housekeeping")

with DAG(
    dag_id="housekeeping",
    schedule=CronTriggerTimetable("0 4 * * *", timezone="Asia/Shanghai"),
    start_date=pendulum.datetime(2020, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    tags=["housekeeping"],
    doc_md="Backup, integrity, retention: in this order, so that nothing leaves before it is safe. 备份、完整性、保留期。",
    default_args={"retries": 0, "pool": "duckdb", "priority_weight": 1},
) as dag:

    @task
    def back_up() -> None:
        """Copy the warehouse and the vault aside."""
        from pipeline.housekeeping import back_up as run

        home = load()
        log.info("backup: %s", run(home, home.clock()))

    @task
    def check_integrity() -> None:
        """Compare vault, warehouse and publication; red when they disagree."""
        from pipeline.fsck import fsck

        findings = fsck(load())
        for finding in findings:
            log.error("%s", finding)
        if findings:
            msg = f"{len(findings)} findings, see the log"
            raise RuntimeError(msg)

    @task
    def expire_old() -> None:
        """Remove what is older than the retention periods."""
        from pipeline.housekeeping import expire_old as run

        home = load()
        log.info("expired: %s", run(home, home.clock()))

    back_up() >> check_integrity() >> expire_old()
