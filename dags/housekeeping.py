"""The housekeeping DAG: once a day backup, retention and a check of what is stored.

Runs at 04:00 Asia/Shanghai, after the night's reconciliation; the steps are in ``pipeline.upkeep.housekeeping``.
"""

from __future__ import annotations

import logging
from datetime import timedelta

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
    doc_md="备份、保留期、完整性。Backup first, and only what earlier nights have shown leaves.",
    default_args={
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "pool": "duckdb",
        "priority_weight": 1,
        "weight_rule": "absolute",
    },
) as dag:

    @task
    def back_up() -> None:
        """Copy the warehouse and the vault aside; the keys are kept elsewhere."""
        from pipeline.upkeep.backup import back_up as run

        home = load()
        log.info("backup complete: %s", run(home, home.home / "backup", home.clock()).name)

    @task
    def keep_house() -> None:
        """Remove what was shown before, show what is past its time, check the stores; red when something is found."""
        from airflow.sdk.exceptions import AirflowFailException

        from pipeline.upkeep.housekeeping import keep_house as run
        from pipeline.upkeep.housekeeping import notice_days

        home = load()
        today = home.clock()
        done = run(home, today, dry_run=False, notice=notice_days(home, today))
        log.info("removed %s originals, %s answers", len(done.expired_originals), len(done.expired_answers))
        if done.waiting:
            log.warning("%s more are past their time and shown before they go: onetable retention", done.waiting)
        for finding in done.findings:
            log.error("%s", finding)
        if done.findings:
            msg = f"{len(done.findings)} findings, see above"
            raise AirflowFailException(msg)

    back_up() >> keep_house()
