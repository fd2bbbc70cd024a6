"""``onetable``: the command line of One Table (一张表).

Every command calls the same step functions as the Airflow DAGs and needs no Airflow. All state lies under
``ONETABLE_HOME`` (default ``./var``). Exit codes: 0 done; 1 done, but something was refused, held back or found
wrong; 2 the command was called wrongly (``check``: refused or held); 3 nothing is published yet; 4 another process
holds the warehouse.
"""

from __future__ import annotations

import traceback

import typer

from connectors.encryption import NotEncryptedError, WrongKeyError
from connectors.keyfiles import KeyUnusableError
from connectors.sealed import BrokenSealError
from connectors.warehouse import WarehouseBusyError
from identity.vault import VaultUnusableError
from pipeline import cli_deliveries, cli_identity, cli_issues, cli_lists, cli_questions, cli_steps, cli_trust, reports
from pipeline.backup import RestoreError
from pipeline.build import BuildFailedError
from pipeline.decide import DecisionError
from pipeline.ledger.officers import OfficerError
from pipeline.publish import PublishFailedError
from pipeline.rebuild import RebuildError
from pipeline.records import RecordsShrankError
from pipeline.release import ReleaseError
from pipeline.reveal import RevealError
from pipeline.settings import SettingsError
from pipeline.terminal import BUSY, FINDINGS, NOT_PUBLISHED, REFUSED, err

_EXIT_CODES: dict[type[Exception], int] = {
    reports.NothingPublishedError: NOT_PUBLISHED,
    WarehouseBusyError: BUSY,
    SettingsError: REFUSED,
    ReleaseError: FINDINGS,
    RevealError: FINDINGS,
    RestoreError: FINDINGS,
    RebuildError: FINDINGS,
    RecordsShrankError: FINDINGS,
    BrokenSealError: FINDINGS,
    BuildFailedError: FINDINGS,
    PublishFailedError: FINDINGS,
    DecisionError: FINDINGS,
    OfficerError: FINDINGS,
    KeyUnusableError: FINDINGS,
    NotEncryptedError: FINDINGS,
    WrongKeyError: FINDINGS,
    VaultUnusableError: FINDINGS,
}

app = typer.Typer(
    name="onetable",
    help="一个数、一张表、一盘棋:部门数据与建档立卡数据的核对。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.registered_commands += cli_deliveries.app.registered_commands + cli_identity.app.registered_commands
app.registered_commands += cli_steps.app.registered_commands + cli_questions.app.registered_commands
app.registered_commands += cli_lists.app.registered_commands
app.registered_commands += cli_issues.app.registered_commands
app.registered_commands += cli_trust.app.registered_commands
app.add_typer(cli_trust.audit_app, name="audit")
app.add_typer(cli_trust.keys_app, name="keys")


def main() -> None:
    """Entry point of the console script: a known problem is one line, never a stack with values in it."""
    try:
        app()
    except tuple(_EXIT_CODES) as problem:
        err.print(str(problem))
        raise SystemExit(next(code for kind, code in _EXIT_CODES.items() if isinstance(problem, kind))) from None
    except Exception as problem:
        # A message may carry a cell's value, so only the kind and the place are told.
        err.print("".join(traceback.format_tb(problem.__traceback__)), markup=False, highlight=False)
        err.print(f"意外错误 {type(problem).__name__}:没有改变任何数据;请把以上位置告诉维护人员。")
        raise SystemExit(FINDINGS) from None


if __name__ == "__main__":
    main()
