"""The bilingual dictionary of the issue ledger: its two tables in the warehouse and its own publication.

Data in: nothing. Data out: table → (Chinese, English, column → (Chinese, English)), from which
pipeline/generate/sources.py writes dbt's source file, so that data officers find them in the dbt docs beside everything
else.
Not here: how a table is made (connectors/issue_tables.py, pipeline/ledger/state.sql, pipeline/ledger/views.py).
"""

from __future__ import annotations

Words = tuple[str, str]
Tables = dict[str, tuple[str, str, dict[str, Words]]]

_FACTS: dict[str, Words] = {
    "rule_id": ("规则编号", "rule"),
    "detail": ("差异类别", "kind of difference within the rule"),
    "title": ("规则名称", "title of the rule"),
    "category": ("工作台账类别", "category of the rule"),
    "verdict": ("结论：fail 不符、unknown 不明、warn 预警", "fail, unknown or warn"),
    "subject_type": ("对象类型：person 人、household 户、record 行等", "what the subject is"),
    "subject_key": ("对象的内部编号", "internal key of the subject"),
    "subject_label": ("对象名称（脱敏）", "label of the subject, masked"),
    "area_code": ("行政区划代码", "area code"),
    "severity": ("严重程度：critical、major、minor", "severity"),
    "expected": ("应为", "what should be"),
    "actual": ("现为", "what is"),
    "difference": ("差异", "the difference"),
    "value_class": ("值的类别：name 姓名（发布时脱敏）、text 其他", "name values are masked in publications"),
    "evidence": ("依据：批次#工作表!行号", "delivery#sheet!row that shows it"),
    "counter_evidence": ("对照依据：批次#工作表!行号", "row of the other side"),
}

LEDGER: Tables = {
    "events": (
        "问题台账事件，只增不改",
        "what happened to every issue, only ever added to",
        {
            "event_seq": ("事件顺序号", "order of the events"),
            "batch_seq": ("事件批次，见 ledger.batches", "batch, see ledger.batches"),
            "kind": (
                "事件：found 发现、changed 内容有变、seen 新数据仍有、cleared 销号、pushed 推送、replied 回复、"
                "returned 退回、transferred 转办、refused 再次退回、owner_decided 裁定、signed 复核同意、waived 暂缓、"
                "waiver_ended 暂缓结束、reminded 提醒、overdue_noticed 逾期通知、slow_asked 要求说明、"
                "assigned 指定责任人",
                "what happened",
            ),
            "issue_id": ("问题编号", "issue"),
            "case_id": ("同一差异的编号，重新出现时不变", "the difference, the same when it comes back"),
            "round": ("第几次出现", "how often the difference has come up"),
            "on_date": ("日期", "day"),
            "sector": ("责任单位（行业）", "sector that owns the issue at that time"),
            "who": ("经办：系统、部门经办人或扶贫部门人员", "who: the system, a handler or an officer"),
            "signer": ("部门审核人", "who signed for the department"),
            "before": ("之前", "before"),
            "after": ("之后", "after"),
            "note": ("说明", "note"),
            "result": (
                "办理结果：fixed 已更正、explained 已说明、no_fault 数据无误、"
                "wrong_owner 非本部门职责、in_progress 正在办理",
                "the reply's result",
            ),
            "progress": ("完成进度，0 到 1", "progress, 0 to 1"),
            "due_on": ("整改时限", "to be cleared by"),
            "until": (
                "到期日：回复期限、更正日期、暂缓到期、最后看到日",
                "a further date: answer due, mended on, waived until, last seen",
            ),
            "stage_id": ("整改阶段，见 issue_stages", "stage of the campaign"),
            "token": ("推送内容的校验码，或回复内容的校验值", "check token of the pushed line, or hash of the reply"),
            "source": (
                "依据：批次#工作表!行号，或佐证文件名",
                "the place that proves it, or the name of a file of evidence",
            ),
            "source_sha256": ("依据文件的校验值", "sha256 of the file that proves it"),
            **_FACTS,
        },
    ),
    "batches": (
        "问题台账批次：一次写入一行，前后以校验链相连",
        "one row per transaction, each hash covers the one before",
        {
            "batch_seq": ("批次顺序号", "order of the batches"),
            "kind": (
                "类别：night 一晚、decision 扶贫部门决定、baseline 冻结基线、rollback 撤回、forgotten 到期清除",
                "night, decision, baseline, rollback or forgotten",
            ),
            "as_of": ("数据日期", "day it is about"),
            "run_id": ("运行编号", "run of the night"),
            "folder": ("对应的发布", "publication it belongs to"),
            "who": ("经办", "who wrote it"),
            "event_count": ("事件数", "number of events"),
            "rules_not_run": ("当晚未运行的规则", "rules that did not run: their issues are neither seen nor cleared"),
            "replies_taken": ("当晚接收的回复批次", "deliveries of replies that the night took"),
            "withdraws": ("撤回的批次", "batches that it withdraws"),
            "baseline_id": ("冻结的基线", "baseline that it freezes"),
            "slow_margin": ("进度偏慢的界限", "margin of R069 in force"),
            "state_sha256": ("当晚全部问题状态的校验值", "hash of the state of all issues after the night"),
            "content_sha256": ("本批事件的校验值", "hash of its events"),
            "previous_sha256": ("上一批的校验链", "chain of the batch before"),
            "chain_sha256": ("校验链", "hash over the batch before, itself and its events"),
        },
    ),
    "forgotten": (
        "到期清除：已清空个人信息的事件",
        "events whose values about people were removed when their time was over",
        {
            "batch_seq": ("清除的批次", "batch that removed them"),
            "event_seq": ("事件", "event"),
            "content_md5": ("清除前的校验值", "hash of the event before"),
            "blank_md5": ("清除后的校验值", "hash of the event now"),
        },
    ),
}

_OWNER: Words = ("责任单位（行业）", "sector that owns it")
_OVERDUE: Words = ("逾期数", "of them overdue")

PUBLISHED: Tables = {
    "issues": (
        "问题：每条差异一行，为最近一晚的状态（脱敏）",
        "one row per issue as of the last night, masked",
        {
            "issue_id": ("问题编号", "issue"),
            "case_id": ("同一差异的编号，重新出现时不变", "the difference, the same when it comes back"),
            "round": ("第几次出现", "how often the difference has come up"),
            "reopened_from": ("重新出现时，上一次的问题编号", "the former issue of a difference that came back"),
            **_FACTS,
            "found_owner": ("发现时的责任单位", "sector that owned it when it was found"),
            "owner": ("现在的责任单位", "sector that owns it now"),
            "owner_person": ("责任人（脱敏）", "person who answers for it, masked"),
            "is_undecided": ("是否等待扶贫部门裁定责任单位", "waits for the poverty office to name the owner"),
            "is_owner_decided": ("责任单位是否已裁定", "the owner was named for good"),
            "transfer_count": ("转办次数", "how often it was transferred"),
            "found_on": ("发现日期", "first seen"),
            "last_seen_on": ("最后看到日期", "last seen"),
            "stage_id": ("整改阶段", "stage of the campaign"),
            "reply_by": ("回复期限", "to be answered by"),
            "due_on": ("整改时限", "to be cleared by"),
            "state": (
                "状态：found 已发现、pushed 待回复、replied 待核验、verified 已说明未销号、waived 暂缓、cleared 已销号",
                "state",
            ),
            "is_open": ("是否未销号", "not cleared"),
            "is_overdue": ("是否逾期", "past its date"),
            "is_reply_late": ("是否逾期未回复", "not answered in time"),
            "is_slow": ("是否进度偏慢（R069）", "progress below what the time elapsed asks for"),
            "result": ("最近一次回复的办理结果", "result of the last reply"),
            "progress": ("完成进度", "progress told last"),
            "handler": ("部门经办人（脱敏）", "handler of the last reply, masked"),
            "signer": ("部门审核人（脱敏）", "signer of the last reply, masked"),
            "replied_on": ("最近回复日期", "day of the last reply"),
            "explained_on": ("说明日期", "day of the last explanation"),
            "returned_why": ("退回原因", "why it went back"),
            "returned_on": ("退回日期", "when it went back"),
            "reviewed_on": ("复核同意日期", "when a second officer agreed"),
            "reviewed_by": ("复核人（脱敏）", "who agreed, masked"),
            "first_pushed_on": ("首次推送日期", "first pushed"),
            "pushed_on": ("最近推送日期", "last pushed"),
            "push_id": ("推送批次", "batch of the last push"),
            "push_note": ("最近推送的原因：新增、内容有变、退回重办、转入、重新出现", "why it was pushed last"),
            "cleared_on": ("销号日期", "cleared"),
            "waived_until": ("暂缓到", "waived until"),
            "baseline_id": ("对照的基线", "baseline it is compared with"),
            "baseline_status": ("与基线对照：still_open 仍未销号、fixed 已解决、new 新增", "still_open, fixed or new"),
            "days_open": ("历时天数", "days from found to cleared or now"),
        },
    ),
    "issue_events": (
        "问题经过：每个事件一行（脱敏）",
        "one row per event of an issue, masked",
        {
            name: words
            for name, words in LEDGER["events"][2].items()
            if name
            in (
                "event_seq",
                "issue_id",
                "kind",
                "on_date",
                "sector",
                "who",
                "signer",
                "before",
                "after",
                "note",
                "result",
                "progress",
                "due_on",
                "until",
                "source",
                "source_sha256",
                "batch_seq",
            )
        },
    ),
    "issue_summary": (
        "问题汇总：单位 × 乡镇 × 类别 × 状态",
        "issues by department, township, category and state",
        {
            "owner": _OWNER,
            "township_code": ("乡镇代码", "township"),
            "category": ("工作台账类别", "category"),
            "state": ("状态", "state"),
            "is_overdue": ("是否逾期", "past its date"),
            "issues": ("问题数", "issues"),
        },
    ),
    "issue_ageing": (
        "未销号问题历时",
        "open issues by age",
        {
            "owner": _OWNER,
            "days": ("历时天数段", "days since found"),
            "open_issues": ("未销号数", "open issues"),
            "overdue": _OVERDUE,
        },
    ),
    "issue_league": (
        "销号名次：单位和乡镇各一套",
        "league table of departments and of townships",
        {
            "kind": ("名次表：department 单位、township 乡镇", "department or township"),
            "unit": ("单位或乡镇", "the department or township"),
            "issues": ("问题数", "issues"),
            "open_issues": ("未销号数", "open issues"),
            "overdue": _OVERDUE,
            "unanswered": ("未回复数", "not answered yet"),
            "reply_late": ("逾期未回复数", "not answered in time"),
            "without_person": ("未指定责任人数", "open issues without a named person (R061, R068)"),
            "cleared": ("已销号数", "cleared"),
            "reopened": ("重新出现数", "came back"),
            "median_days": ("销号天数中位数", "median days from found to cleared"),
            "overdue_rate": ("逾期率：逾期/未销号", "overdue / open"),
            "cleared_rate": ("销号率：已销号/问题数", "cleared / issues"),
            "place": ("名次，逾期率高的在前", "place, the highest overdue rate first"),
        },
    ),
    "issue_runs": (
        "逐晚对照：新增、仍有、销号",
        "issues over the nights: new, still there, fixed",
        {
            "batch_seq": ("批次", "batch of the night"),
            "as_of": ("数据日期", "day"),
            "run_id": ("运行编号", "run"),
            "owner": ("发现时的责任单位", "sector that owned it when it was found"),
            "new_issues": ("新增", "new"),
            "still_open": ("仍有", "still there"),
            "fixed": ("销号", "fixed"),
            "reopened": ("新增中重新出现的", "new ones that had been cleared before"),
        },
    ),
    "issue_burndown": (
        "各阶段问题清零走势",
        "burn-down of each stage",
        {
            "stage_id": ("整改阶段", "stage of the campaign"),
            "as_of": ("数据日期", "day"),
            "clear_by": ("应销号日期", "to be cleared by"),
            "days_left": ("剩余天数", "days left"),
            "open_issues": ("未销号数", "open issues"),
            "cleared": ("已销号数", "cleared"),
        },
    ),
    "issue_calendar": (
        "各阶段期限执行情况：列入清单、复核或说明、销号（R061、R062、R063）",
        "each stage's calendar against what was done",
        {
            "stage_id": ("整改阶段", "stage of the campaign"),
            "owner": _OWNER,
            "list_by": ("清单应提交日期", "to be on the list by"),
            "reply_by": ("应复核或提交情况说明日期", "to be reviewed or explained by"),
            "clear_by": ("应销号日期", "to be cleared by"),
            "issues": ("问题数", "issues"),
            "listed_in_time": ("按期列入清单数", "pushed by then"),
            "listed_late": ("逾期列入清单数", "pushed after it, or not yet although it has passed"),
            "incomplete": ("未销号而缺责任人或整改时限数", "open without a named person or a due date"),
            "answered_in_time": ("按期复核、说明或销号数", "reviewed, explained or cleared by then"),
            "answered_late": ("逾期复核、说明数", "later, or not yet although it has passed"),
            "cleared_in_time": ("按期销号数", "cleared by then"),
            "cleared_late": ("逾期销号数", "later, or not yet although it has passed"),
        },
    ),
    "issue_recurrence": (
        "问题重现率（R070）",
        "how often a difference comes back",
        {
            "rule_id": ("规则编号", "rule"),
            "owner": ("发现时的责任单位", "sector that owned it when it was found"),
            "cases": ("差异数", "differences"),
            "recurred": ("重新出现的差异数", "differences that came back"),
            "recurrence_rate": ("重现率", "recurred / cases"),
        },
    ),
    "issue_baselines": (
        "与基线对照（再排查）",
        "issues against each frozen baseline",
        {
            "baseline_id": ("基线", "baseline"),
            "frozen_on": ("冻结日期", "day it was frozen"),
            "owner": _OWNER,
            "still_open": ("仍未销号", "open then and now"),
            "fixed": ("已解决", "open then, cleared since"),
            "new_issues": ("新增", "found since"),
        },
    ),
    "issue_corrections": (
        "数据更正：应改什么、是否确认、是否改到位（R005）",
        "what should be corrected, whether it was acknowledged and done",
        {
            "issue_id": ("问题编号", "issue"),
            "owner": _OWNER,
            "rule_id": ("规则编号", "rule"),
            "detail": ("差异类别", "kind of difference"),
            "attribute": ("更正项目", "attribute to be corrected"),
            "authority": ("以谁为准，见 attribute_authorities", "who is right, see attribute_authorities"),
            "subject_type": ("对象类型", "what the subject is"),
            "subject_key": ("对象的内部编号", "internal key of the subject"),
            "area_code": ("行政区划代码", "area code"),
            "before": ("改前（姓名脱敏）", "before, names masked"),
            "after": ("改后（姓名脱敏）", "after, names masked"),
            "evidence": ("依据：批次#工作表!行号", "row to be corrected"),
            "counter_evidence": ("对照依据", "row of the other side"),
            "due_on": ("整改时限", "to be done by"),
            "pushed_on": ("推送日期", "told to the department"),
            "acknowledged_on": ("确认日期：交回的更正单或问题清单中的回复", "answered in a returned workbook"),
            "acknowledged_as": ("确认内容：办理结果", "result of that answer"),
            "acknowledged_by": ("确认人（脱敏）", "handler of that answer, masked"),
            "applied_on": ("到位日期：数据中已改", "the data show it"),
        },
    ),
    "issue_correction_rates": (
        "更正确认率：已确认/已推送（R005）",
        "acknowledged / pushed by department",
        {
            "owner": _OWNER,
            "corrections": ("更正数", "corrections"),
            "pushed": ("已推送", "pushed"),
            "acknowledged": ("已确认", "acknowledged"),
            "applied": ("已到位", "done"),
            "acknowledged_rate": ("确认率", "acknowledged / pushed"),
        },
    ),
}
