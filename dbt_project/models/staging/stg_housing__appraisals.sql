-- Grain: one row per household, dwelling and appraisal in force on as_of.
{{ current_rows('housing', 'appraisals') }}

select
    submission_id,
    sheet,
    row_no,
    sub_no,
    row_key,
    scope_key,
    is_stale,
    village_code,
    hh_no,
    head_name,
    head_name_norm,
    head_key,
    head_id_masked,
    subject_class,
    house_no,
    grade,
    safe_by,
    {{ yes_no('suspect') }} as suspect,
    {{ date_of('appraised_on') }} as appraised_on,
    {{ yes_no('lived_in') }} as lived_in,
    {{ yes_no('certified') }} as certified
from current_rows
