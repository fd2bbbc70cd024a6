"""Ingestion DAGs: one per sector, woken by its drop folder, checked every 15 minutes in any case.

``dropped_<sector>`` (watched folder) → ``ingest_<sector>`` → ``raw_<sector>``, which is emitted only when rows were
accepted, and ``replies_<sector>`` when answers to issues were. A run takes everything that waits for its sector; what a
file's rows mean belongs to ``pipeline`` and below.
"""

from __future__ import annotations

import logging
from datetime import timedelta

import pendulum
from airflow.sdk import DAG, Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable, task

from connectors.contract import SECTORS
from dags.triggers import FilesWaiting
from pipeline.settings import Settings, load

REGISTER_FIRST = 20
SECTOR_NEXT = 10

log = logging.getLogger("onetable.ingest")


def ingest_dag(sector: str, settings: Settings) -> DAG:
    """The DAG of one sector."""
    is_register = sector == "registry"
    watcher = FilesWaiting(
        folder=str(settings.ingest / sector),
        after=None if is_register else str(settings.ingest / "registry"),
        settle_seconds=settings.settle_seconds,
    )
    dropped = Asset(name=f"dropped_{sector}", watchers=[AssetWatcher(name=f"drop_folder_{sector}", trigger=watcher)])
    with DAG(
        dag_id=f"ingest_{sector}",
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable("*/15 * * * *", timezone="Asia/Shanghai"), assets=[dropped]
        ),
        start_date=pendulum.datetime(2020, 1, 1, tz="Asia/Shanghai"),
        catchup=False,
        max_active_runs=1,
        tags=["ingest", sector],
        doc_md=f"接收 `ingest/{sector}/` 中的文件并出具回执。Takes every waiting file: vault, check, load, receipt.",
        default_args={"retries": 1, "retry_delay": timedelta(seconds=30), "weight_rule": "absolute"},
    ) as dag:

        @task.branch(pool="duckdb", priority_weight=REGISTER_FIRST if is_register else SECTOR_NEXT)
        def ingest_files() -> list[str]:
            """Ingest what waits; name the tasks that have to follow."""
            from expectations.gate import check_landing, get_ready
            from pipeline.receiving.ingest import ingest_waiting
            from pipeline.submission import FAILED, SETTLED

            home = load()
            results = ingest_waiting(
                home,
                sectors=[sector],
                received_on=home.clock(),
                received_at=home.now(),
                landing_gate=check_landing,
                meanwhile=get_ready,
            )
            for item in results:
                log.info("%s %s %s %s %s", item.submission_id, item.feed, item.status, item.counts, item.reasons)
            if not results:
                log.info("nothing waits in ingest/%s", sector)
            follow = {"announce_rows" for item in results if item.status in SETTLED}
            answered = [item for item in results if item.status in SETTLED and item.feed.endswith("/replies")]
            follow |= {"announce_replies" for _ in answered}
            follow |= {"report_failed_files" for item in results if item.status == FAILED}
            return sorted(follow)

        @task(outlets=[Asset(name=f"raw_{sector}")])
        def announce_rows() -> None:
            """Tell whoever follows the asset; the landing itself has asked for a night (pipeline/wake.py)."""

        @task(outlets=[Asset(name=f"replies_{sector}")])
        def announce_replies() -> None:
            """Tell that this sector has answered issues; the next night's ledger takes the answers."""

        @task(retries=0)
        def report_failed_files() -> None:
            """Turn the run red: a file could be neither accepted nor refused and stays for the next try."""
            msg = f"files of {sector} failed; they stay in the drop folder, see the log of ingest_files"
            raise RuntimeError(msg)

        ingest_files() >> [announce_rows(), announce_replies(), report_failed_files()]
    return dag


_settings = load()
for _sector in SECTORS:
    globals()[f"ingest_{_sector}"] = ingest_dag(_sector, _settings)
