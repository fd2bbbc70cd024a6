"""The reconciliation DAG: one night from landed rows to one published table.

Runs at 01:00 Asia/Shanghai, and soon after new rows: ``raw_<sector>`` → (burst over) → ``raw_settled`` → ``reconcile``
→ ``published`` → ``ledger`` → ``issues_pushed``. The day comes from the parameter ``as_of``, else for a backfill from
its logical date, else it is today. The steps themselves are in ``pipeline.night.reconcile``.
"""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable, Param, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from connectors.contract import SECTORS
from dags.triggers import NewDataSettled
from pipeline import wake
from pipeline.settings import load

SHANGHAI = "Asia/Shanghai"
NOTHING_TO_DO = ("unchanged", "empty")
BEGIN_LAST = 1
FINISH_FIRST = 30
"""Pool priorities: a burst lands before a night begins, but a night that has begun is finished before anything else."""
QUIET_LOOKS = 5

log = logging.getLogger("onetable.reconcile")
settings = load()

raw_settled = Asset(
    name="raw_settled",
    watchers=[
        AssetWatcher(
            name="burst_is_over",
            trigger=NewDataSettled(
                markers=str(wake.folder(settings)),
                began=str(settings.state / "reconcile_began"),
                ingest=str(settings.ingest),
                quiet_seconds=QUIET_LOOKS * settings.settle_seconds,
            ),
        )
    ],
)


def day_of(context: dict[str, Any]) -> date:
    """The day this run is about."""
    asked = context["params"].get("as_of")
    if asked:
        return date.fromisoformat(asked)
    run = context["dag_run"]
    if run.run_type == "backfill" and run.logical_date:
        return pendulum.instance(run.logical_date).in_timezone(SHANGHAI).date()
    return load().clock()


def _write_pages(run: dict[str, Any]) -> None:
    """Write the site; red where a page could not be written, because the last night's would pass for this one's."""
    from pipeline.night import reconcile as steps

    pages = steps.document_run(load(), run)["pages"]
    for name, page in pages.items():
        log.info("page %s: %s s", name, page["seconds"])
    if missing := [name for name, page in pages.items() if page["error"]]:
        msg = f"pages not written, their last version stays: {missing}; the reasons stand above"
        raise RuntimeError(msg)


def _log_checks(gate: dict[str, Any]) -> None:
    for check in gate["checks"]:
        log.info("gate %s, %s: %s %s", check["status"], check["severity"], check["name"], check["note"])


with DAG(
    dag_id="reconcile",
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("0 1 * * *", timezone=SHANGHAI), assets=[raw_settled]),
    start_date=pendulum.datetime(2020, 1, 1, tz=SHANGHAI),
    catchup=False,
    max_active_runs=1,
    tags=["reconcile"],
    params={"as_of": Param(None, type=["null", "string"], format="date", description="数据日期;空为今天")},
    doc_md="核对一晚:构建、过关、发布、推送、写文档。Failure of a gate keeps the last publication; what a killed or"
    " restarted part of the service cuts off is tried again, and every step may be.",
    default_args={
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "pool": "duckdb",
        "priority_weight": FINISH_FIRST,
        "weight_rule": "absolute",
    },
    render_template_as_native_obj=True,
) as dag:

    @task(inlets=[Asset(name=f"raw_{sector}") for sector in SECTORS], priority_weight=BEGIN_LAST)
    def build_candidate(**context: Any) -> dict[str, Any]:  # noqa: ANN401 - Airflow's context
        """Build the candidate tables for the day; one log line per dbt model."""
        from pipeline.night import reconcile as steps

        home = load()
        home.state.mkdir(parents=True, exist_ok=True)
        (home.state / "reconcile_began").touch()
        run = steps.build_candidate(home, day_of(context))
        for model in run.pop("models", []):
            log.info("dbt %s %s: %s rows, %.1f s", model["status"], model["name"], model["rows"], model["seconds"])
        if run["outcome"] in NOTHING_TO_DO:
            msg = f"{run['outcome']}: nothing new for {run['as_of']} (run {run['run_id']}); the publication stays"
            raise AirflowSkipException(msg)
        return run

    @task
    def gate_candidate(run: dict[str, Any]) -> dict[str, Any]:
        """Hold the candidate against the publication suite; a critical failure ends the run here, told on the pages."""
        from pipeline.candidate.gate import GateFailedError
        from pipeline.night import reconcile as steps

        try:
            gate = steps.gate_candidate(load(), run)
        except GateFailedError as problem:
            _log_checks(problem.summary)
            try:
                _write_pages(run)
            except RuntimeError as pages:
                log.error("%s", pages)
            raise AirflowFailException(str(problem)) from None
        _log_checks(gate)
        return run

    @task(outlets=[Asset(name="published")])
    def publish_table(run: dict[str, Any]) -> dict[str, Any]:
        """Replace the publication in one step."""
        from pipeline.night import reconcile as steps

        published = steps.publish_table(load(), run)
        log.info("%s: %s, export sha256 %s", published["outcome"], published["folder"], published["export_sha256"])
        return run

    @task(inlets=[Asset(name=f"replies_{sector}") for sector in SECTORS], outlets=[Asset(name="ledger")])
    def update_ledger(run: dict[str, Any]) -> dict[str, Any]:
        """Take the departments' answers and tonight's mismatches into the ledger of issues."""
        from pipeline.night import reconcile as steps

        for kind, count in steps.update_ledger(load(), run).items():
            log.info("ledger: %s %s", count, kind)
        return run

    @task(inlets=[Asset(name="ledger")], outlets=[Asset(name="issues_pushed")])
    def push_mismatches(run: dict[str, Any]) -> dict[str, Any]:
        """Put each department's issues into its outbox."""
        from pipeline.night import reconcile as steps

        for sector, count in steps.push_mismatches(load(), run).items():
            log.info("%s: %s issues in its outbox", sector, count)
        return run

    @task(pool="default_pool")
    def document_run(run: dict[str, Any]) -> None:
        """Write the dbt docs, the gate's data docs and the index page."""
        _write_pages(run)

    document_run(push_mismatches(update_ledger(publish_table(gate_candidate(build_candidate())))))
