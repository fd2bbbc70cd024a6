-- Grain: one row per register household in force on as_of.
{{ current_rows('registry', 'households') }}

select
    {{ household_row_columns() }},
    village_group,
    attr,
    status,
    cause,
    try_cast(member_count as integer) as member_count,
    try_cast(exit_year as integer) as exit_year,
    {{ date_of('first_identified') }} as first_identified,
    try_cast(npc as decimal(14, 2)) as npc,
    {{ yes_no('dilapidated') }} as dilapidated,
    {{ yes_no('water_safe') }} as water_safe,
    {{ yes_no('relocated') }} as relocated
from current_rows
