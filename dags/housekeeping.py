"""The housekeeping DAG: once a day backup, retention and a check of what is stored.

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
    doc_md="备份、保留期、完整性。Backup first, so that nothing leaves before it is safe.",
    default_args={"retries": 0, "pool": "duckdb", "priority_weight": 1, "weight_rule": "absolute"},
) as dag:

    @task
    def back_up() -> None:
        """Copy the warehouse and the vault aside; the keys are kept elsewhere."""
        from pipeline.backup import back_up as run

        home = load()
        log.info("backup complete: %s", run(home, home.home / "backup", home.clock()).name)

    @task
    def keep_house() -> None:
        """Remove what is past its retention period and check the stores; red when something is found."""
        from pipeline.housekeeping import keep_house as run

        home = load()
        done = run(home, home.clock(), dry_run=False)
        log.info("expired %s originals, %s answers", len(done.expired_originals), len(done.expired_answers))
        for finding in done.findings:
            log.error("%s", finding)
        if done.findings:
            msg = f"{len(done.findings)} findings, see above"
            raise RuntimeError(msg)

    back_up() >> keep_house()
