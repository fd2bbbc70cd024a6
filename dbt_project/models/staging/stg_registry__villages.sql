-- Grain: one row per area unit and validity interval in force on as_of.
{{ current_rows('registry', 'villages', area_column='area_code') }}

select
    submission_id,
    sheet,
    row_no,
    sub_no,
    row_key,
    scope_key,
    is_stale,
    area_code,
    area_name,
    township,
    prev_code,
    prev_name,
    village_type,
    {{ yes_no('deep_poor') }} as deep_poor,
    try_cast(planned_exit_year as integer) as planned_exit_year,
    {{ yes_no('exited') }} as exited,
    {{ date_of('exited_on') }} as exited_on,
    try_cast(hh_total as integer) as hh_total,
    try_cast(pop_total as integer) as pop_total,
    {{ date_of('valid_from') }} as valid_from,
    {{ date_of('valid_to') }} as valid_to
from current_rows
