"""``onetable``: the command line of One Table (一张表).

Every command calls the same step functions as the Airflow DAGs and needs no Airflow. All state lies under
``ONETABLE_HOME`` (default ``./var``). Exit codes: 0 done; 1 done, but something was refused, held back or found
wrong; 2 the command was called wrongly (``check``: refused or held); 3 nothing is published yet; 4 another process
holds the warehouse.
"""

from __future__ import annotations

import traceback

import typer

from connectors import machine_faults
from connectors.encryption import NotEncryptedError, WrongKeyError
from connectors.keyfiles import KeyUnusableError
from connectors.outbox.workbook import mask_digits
from connectors.sealed import BrokenSealError
from connectors.warehouse import WarehouseBusyError
from identity.vault import VaultUnusableError
from pipeline.candidate.build import BuildFailedError
from pipeline.cli import deliveries, identity, issues, lists, questions, steps, trust
from pipeline.cli.terminal import BUSY, FINDINGS, NOT_PUBLISHED, REFUSED, err
from pipeline.cli.usage import ChineseCommand, ChineseGroup
from pipeline.decisions.decide import DecisionError
from pipeline.ledger.officers import OfficerError
from pipeline.publication import reports
from pipeline.publication.publish import PublishFailedError
from pipeline.questions.known_words import UnknownWordError
from pipeline.questions.reveal import RevealError
from pipeline.receiving.release import ReleaseError
from pipeline.records import RecordsShrankError
from pipeline.settings import SettingsError
from pipeline.upkeep.backup import BackupError, RestoreError
from pipeline.upkeep.rebuild import RebuildError
from pipeline.upkeep.server import ServerError

_EXIT_CODES: dict[type[Exception], int] = {
    reports.NothingPublishedError: NOT_PUBLISHED,
    WarehouseBusyError: BUSY,
    SettingsError: REFUSED,
    UnknownWordError: REFUSED,
    ReleaseError: FINDINGS,
    RevealError: FINDINGS,
    BackupError: FINDINGS,
    RestoreError: FINDINGS,
    RebuildError: FINDINGS,
    ServerError: FINDINGS,
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

_PLACES: dict[type[OSError], str] = {
    PermissionError: "没有权限读写",
    FileExistsError: "已有同名的文件",
    NotADirectoryError: "不是文件夹",
    IsADirectoryError: "是文件夹,不是文件",
}

app = typer.Typer(
    name="onetable",
    cls=ChineseGroup,
    help="一个数、一张表、一盘棋:部门数据与建档立卡数据的核对。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # rich folds help at blanks only and cuts what is longer: of a sentence in Chinese the end was lost
    rich_markup_mode=None,
)
app.registered_commands += deliveries.app.registered_commands + identity.app.registered_commands
app.registered_commands += steps.app.registered_commands + questions.app.registered_commands
app.registered_commands += lists.app.registered_commands
app.registered_commands += issues.app.registered_commands
app.registered_commands += trust.app.registered_commands
app.add_typer(trust.audit_app, name="audit")
app.add_typer(trust.keys_app, name="keys")
for _one in (app, trust.audit_app, trust.keys_app):
    for _command in _one.registered_commands:
        _command.cls = ChineseCommand


def main() -> None:
    """Entry point of the console script: a known problem is one line, never a stack with values in it."""
    try:
        app()
    except tuple(_EXIT_CODES) as problem:
        err.print(str(problem))
        raise SystemExit(next(code for kind, code in _EXIT_CODES.items() if isinstance(problem, kind))) from None
    except (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError) as problem:
        place = mask_digits(str(problem.filename or "?"))
        err.print(f"{_PLACES[type(problem)]}:{place}。请检查这个位置和 ONETABLE_HOME。")
        raise SystemExit(FINDINGS) from None
    except Exception as problem:
        # A message may carry a cell's value, so only the kind and the place are told.
        kind, lacking = type(problem).__name__, machine_faults.reason(problem)
        done = "已完成的步骤不受影响,没有完成的可以重新运行同一条命令"
        if lacking is None:
            err.print("".join(traceback.format_tb(problem.__traceback__)))
            err.print(f"意外错误 {kind}:{done};请把以上位置告诉维护人员。")
        else:
            err.print(f"{lacking}:处理后再试;{done}。")
        raise SystemExit(FINDINGS) from None
