-- Grain: one row per person, term and school in force on as_of.
{{ current_rows('education', 'enrolments', latest_only=true) }}

select
    submission_id,
    sheet,
    row_no,
    sub_no,
    row_key,
    scope_key,
    is_stale,
    village_code,
    name,
    name_norm,
    id_key,
    person_key,
    id_masked,
    id_status,
    person_class,
    hh_no,
    term,
    school,
    stage,
    status,
    drop_cause,
    evidence_id,
    {{ date_of('guardian_signed_on') }} as guardian_signed_on,
    {{ date_of('placed_on') }} as placed_on
from current_rows
