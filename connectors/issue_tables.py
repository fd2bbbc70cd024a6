"""The tables of schema ``ledger``: what was found, pushed, answered and decided about every difference.

Data in: nothing. Data out: table → column → DuckDB type. Rows are only ever added: the state of an issue on any day is
computed from them (pipeline/ledger/state.sql). Only what they say about people goes, by retention (ledger/forget.py).
Not here: creating the tables (connectors/warehouse.py) and writing them (pipeline/ledger/events.py).
"""

from __future__ import annotations

FACT_COLUMNS: dict[str, str] = {
    "rule_id": "varchar",
    "detail": "varchar",
    "title": "varchar",
    "category": "varchar",
    "verdict": "varchar",
    "subject_type": "varchar",
    "subject_key": "varchar",
    "subject_label": "varchar",
    "area_code": "varchar",
    "severity": "varchar",
    "expected": "varchar",
    "actual": "varchar",
    "difference": "varchar",
    "value_class": "varchar",
    "evidence": "varchar",
    "counter_evidence": "varchar",
}
"""What a detection says of its issue; filled by the kinds found, changed and seen."""

EVENT_COLUMNS: dict[str, str] = {
    "event_seq": "bigint",
    "batch_seq": "bigint",
    "kind": "varchar",
    "issue_id": "varchar",
    "case_id": "varchar",
    "round": "integer",
    "on_date": "date",
    "sector": "varchar",
    "who": "varchar",
    "signer": "varchar",
    "before": "varchar",
    "after": "varchar",
    "note": "varchar",
    "result": "varchar",
    "progress": "decimal(9, 4)",
    "due_on": "date",
    "until": "date",
    "stage_id": "varchar",
    "token": "varchar",
    "source": "varchar",
    "source_sha256": "varchar",
    **FACT_COLUMNS,
}
"""One row per event. ``source`` is the place that proves it (``submission#sheet!row``, or a material's number)."""

BATCH_COLUMNS: dict[str, str] = {
    "batch_seq": "bigint",
    "kind": "varchar",
    "as_of": "date",
    "run_id": "varchar",
    "folder": "varchar",
    "who": "varchar",
    "event_count": "bigint",
    "rules_not_run": "varchar[]",
    "replies_taken": "varchar[]",
    "withdraws": "bigint[]",
    "baseline_id": "varchar",
    "slow_margin": "decimal(9, 4)",
    "state_sha256": "varchar",
    "content_sha256": "varchar",
    "previous_sha256": "varchar",
    "chain_sha256": "varchar",
}
"""One row per transaction; its hash covers its events and the hash of the batch before."""

FORGOTTEN_COLUMNS: dict[str, str] = {
    "batch_seq": "bigint",
    "event_seq": "bigint",
    "content_md5": "varchar",
    "blank_md5": "varchar",
}
"""One row per event whose values about people were removed when their time was over: what the chain was made of, and
what the event is now."""

ISSUE_TABLES: dict[str, dict[str, str]] = {
    "events": EVENT_COLUMNS,
    "batches": BATCH_COLUMNS,
    "forgotten": FORGOTTEN_COLUMNS,
}
