-- Grain: one row per person, term and school in force on as_of.
{{ current_rows('education', 'enrolments', latest_only=true) }}

select
    {{ person_row_columns() }},
    hh_no,
    term,
    school,
    stage,
    grade,
    status,
    guardian_name,
    drop_cause,
    evidence_id,
    {{ date_of('guardian_signed_on') }} as guardian_signed_on,
    {{ date_of('placed_on') }} as placed_on
from current_rows
