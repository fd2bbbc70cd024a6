-- Grain: one row per delivery and smaller area for which a later full delivery replaced its rows.
{{ config(materialized='table') }}

select
    earlier.submission_id,
    later.area_code,
    max(case when later.scope_key = earlier.scope_key then 1 else 0 end) = 1 as is_within,
    true as is_across
from {{ ref('stg_meta__deliveries') }} as earlier
inner join {{ ref('stg_meta__deliveries') }} as later
    on
        earlier.sector = later.sector
        and earlier.entity = later.entity
        and earlier.position < later.position
where
    later.is_snapshot
    and length(later.area_code) > length(earlier.area_code)
    and {{ starts_with('later.area_code', 'earlier.area_code') }}
group by earlier.submission_id, later.area_code
