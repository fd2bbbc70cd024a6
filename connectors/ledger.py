"""The tables of schema ``meta``: what was delivered, what became of it, and which rows had which reason code.

Data in: nothing. Data out: table → column → DuckDB type.
Not here: creating the tables (connectors/warehouse.py) and writing them (pipeline/receiving/commit.py).
"""

from __future__ import annotations

SUBMISSION_COLUMNS: dict[str, str] = {
    "submission_id": "varchar",
    "sector": "varchar",
    "entity": "varchar",
    "department": "varchar",
    "file_name": "varchar",
    "sha256": "varchar",
    "bytes": "bigint",
    "received_on": "date",
    "received_at": "timestamp",
    "seq": "bigint",
    "status": "varchar",
    "mode": "varchar",
    "area_code": "varchar",
    "period": "varchar",
    "period_start": "date",
    "period_end": "date",
    "as_of": "date",
    "scope_key": "varchar",
    "coverage": "varchar",
    "definition_version": "varchar",
    "reasons": "varchar[]",
    "rows_in": "bigint",
    "rows_ok": "bigint",
    "rows_warn": "bigint",
    "rows_rejected": "bigint",
    "rows_dup": "bigint",
    "rows_skipped": "bigint",
    "is_nil": "boolean",
    "clears": "boolean",
    "released_by": "varchar",
    "released_reason": "varchar",
    "note": "varchar",
}

META_TABLES: dict[str, dict[str, str]] = {
    "submissions": SUBMISSION_COLUMNS,
    "row_codes": {
        "submission_id": "varchar",
        "sheet": "varchar",
        "row_no": "integer",
        "column_name": "varchar",
        "header": "varchar",
        "code": "varchar",
    },
    "rejected_keys": {"submission_id": "varchar", "row_key": "varchar"},
    "releases": {
        "submission_id": "varchar",
        "released_by": "varchar",
        "reason": "varchar",
        "released_on": "date",
    },
    "identity_decisions": {
        "decision_id": "varchar",
        "seq": "bigint",
        "kind": "varchar",
        "subject_key": "varchar",
        "subject_name": "varchar",
        "target_key": "varchar",
        "feed": "varchar",
        "officer": "varchar",
        "reason": "varchar",
        "decided_on": "date",
        "expires_on": "date",
        "proposal_id": "varchar",
    },
    "decision_files": {
        "sha256": "varchar",
        "file_name": "varchar",
        "taken_on": "date",
        "decisions": "bigint",
        "new_decisions": "bigint",
    },
}
