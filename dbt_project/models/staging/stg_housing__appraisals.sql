-- Grain: one row per household, dwelling and appraisal in force on as_of.
{{ current_rows('housing', 'appraisals') }}

select
    {{ household_row_columns() }},
    subject_class,
    house_no,
    grade,
    safe_by,
    {{ yes_no('suspect') }} as suspect,
    {{ date_of('appraised_on') }} as appraised_on,
    {{ yes_no('lived_in') }} as lived_in,
    {{ yes_no('certified') }} as certified
from current_rows
