-- Grain: one row per household of the list of edge households, with the register household it is, if any.
with ordered as (
    select
        *,
        row_number() over (
            partition by household_key
            order by
                case when relation = '01' then 0 else 1 end asc,
                is_stale asc, submission_id desc, sheet asc, row_no asc, sub_no asc
        ) as preference,
        count(*) over (partition by household_key) as listed_members
    from {{ ref('int_edge_members') }}
)

select
    household_key,
    hh_no,
    register_key is not null as is_register,
    village_code as area_code,
    coalesce(head_name, name) as head_name,
    coalesce(head_name_norm, name_norm) as head_name_norm,
    coalesce(head_key, case when relation = '01' or relation is null then person_key end) as head_key,
    hh_kind,
    coalesce(member_count, listed_members) as member_count,
    npc,
    identified_on,
    risk_cleared,
    is_stale,
    {{ evidence('ordered') }} as edge_evidence
from ordered
where preference = 1
