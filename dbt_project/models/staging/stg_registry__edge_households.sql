-- Grain: one row per member of a household at the edge of poverty in force on as_of.
{{ current_rows('registry', 'edge_households') }}

select
    {{ household_row_columns() }},
    name,
    name_norm,
    person_key,
    id_masked,
    relation,
    hh_kind,
    try_cast(member_count as integer) as member_count,
    try_cast(npc as decimal(14, 2)) as npc,
    {{ date_of('identified_on') }} as identified_on,
    {{ yes_no('risk_cleared') }} as risk_cleared,
    {{ date_of('cleared_on') }} as cleared_on
from current_rows
