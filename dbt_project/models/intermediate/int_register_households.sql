-- Grain: one row per household of the register of poor households.
with ordered as (
    select
        *,
        row_number() over (
            partition by hh_no
            order by is_stale asc, village_code asc, submission_id desc, sheet asc, row_no asc
        ) as preference
    from {{ ref('stg_registry__households') }}
)

select
    hh_no as household_key,
    hh_no,
    village_code as area_code,
    head_name,
    head_name_norm,
    head_key,
    head_id_masked,
    member_count,
    attr,
    status,
    exit_year,
    npc,
    dilapidated,
    water_safe,
    relocated,
    is_stale,
    {{ evidence('ordered') }} as reg_evidence
from ordered
where preference = 1
