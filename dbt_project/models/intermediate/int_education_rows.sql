-- Grain: one row per school row of the latest term that concerns, or may concern, a register person.
{{ person_rows(
    ref('stg_education__enrolments'),
    [
        'hh_no', 'term', 'school', 'stage', 'grade', 'status', 'guardian_name', 'drop_cause', 'evidence_id', 'guardian_signed_on',
        'placed_on',
    ],
) }}
