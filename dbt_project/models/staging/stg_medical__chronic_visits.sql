-- Grain: one row per person, disease and visit of the latest year on file, in force on as_of.
{{ current_rows('medical', 'chronic_visits', latest_only=true) }}

select
    {{ person_row_columns() }},
    disease,
    doctor,
    try_cast(substr(scope_key, 1, 4) as integer) as file_year,
    {{ date_of("substr(scope_key, 1, 4) || '-01-01'") }} as year_start,
    {{ date_of("substr(scope_key, 1, 4) || '-12-31'") }} as year_end,
    {{ date_of('registered_on') }} as registered_on,
    {{ date_of('contract_from') }} as contract_from,
    {{ date_of('contract_to') }} as contract_to,
    {{ date_of('visit_on') }} as visit_on,
    {{ date_of('checkup_on') }} as checkup_on
from current_rows
