-- Grain: one row per household (latest survey) in force on as_of.
{{ current_rows('water', 'household_water') }}

select
    {{ household_row_columns() }},
    mode,
    supply_no,
    final,
    try_cast(member_count as integer) as member_count,
    {{ yes_no('tap') }} as tap,
    {{ yes_no('no_visible') }} as no_visible,
    {{ yes_no('no_odour') }} as no_odour,
    {{ yes_no('no_ill_effect') }} as no_ill_effect,
    {{ yes_no('qty_ok') }} as qty_ok,
    {{ yes_no('access_ok') }} as access_ok,
    {{ date_of('surveyed_on') }} as surveyed_on
from current_rows
