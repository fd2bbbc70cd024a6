-- Grain: one row per person, insurance year and scheme in force on as_of.
{{ current_rows('medical', 'enrolments') }}

select
    {{ person_row_columns() }},
    scheme,
    ins_state,
    ins_year,
    {{ date_of('paid_on') }} as paid_on,
    try_cast(paid_self as decimal(14, 2)) as paid_self,
    try_cast(paid_gov as decimal(14, 2)) as paid_gov,
    try_cast(paid_total as decimal(14, 2)) as paid_total
from current_rows
