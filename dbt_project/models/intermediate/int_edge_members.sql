-- Grain: one row per line of the list of edge households, with the household that it is of.
with placed as (
    select
        edge.*,
        coalesce(by_number.household_key, by_head.household_key) as register_key
    from {{ ref('stg_registry__edge_households') }} as edge
    left join {{ ref('int_register_households') }} as by_number
        on edge.hh_no = by_number.hh_no
    left join {{ ref('int_register_heads') }} as by_head
        on edge.head_key = by_head.head_key
)

select
    *,
    coalesce(register_key, hh_no, 'I' || head_key, 'R' || row_key) as household_key
from placed
