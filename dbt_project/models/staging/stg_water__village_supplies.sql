-- Grain: one row per supply point and test in force on as_of.
{{ current_rows('water', 'village_supplies') }}

select
    submission_id,
    sheet,
    row_no,
    sub_no,
    row_key,
    scope_key,
    is_stale,
    village_code,
    supply_no,
    supply_name,
    supply_kind,
    result,
    standard,
    {{ date_of('tested_on') }} as tested_on
from current_rows
