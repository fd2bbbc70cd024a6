-- Grain: one row per delivery that counts on as_of (accepted, or a nil report that clears).
{{ config(materialized='table') }}

with submissions as (
    select
        submission_id,
        sector,
        entity,
        department,
        coverage,
        status,
        received_on,
        seq,
        period,
        period_start,
        period_end,
        as_of,
        rows_ok,
        rows_warn,
        rows_rejected,
        coalesce(area_code, '{{ var("county") }}') as area_code,
        coalesce(scope_key, '') as scope_key,
        coalesce(period_end, as_of, received_on) as covers_to,
        mode = 'full' or (status = 'nil' and clears) as is_snapshot
    from {{ source('meta', 'submissions') }}
    where
        received_on <= {{ as_of() }}
        and (status in ('accepted', 'accepted_with_errors') or (status = 'nil' and clears))
),

ordered as (
    select
        *,
        row_number() over (
            partition by sector, entity
            order by covers_to asc, received_on asc, seq asc, submission_id asc
        ) as position
    from submissions
),

covered as (
    select
        earlier.submission_id,
        max(case when later.scope_key = earlier.scope_key then 1 else 0 end) as within_scope
    from ordered as earlier
    inner join ordered as later
        on
            earlier.sector = later.sector
            and earlier.entity = later.entity
            and earlier.position < later.position
    where later.is_snapshot and {{ starts_with('earlier.area_code', 'later.area_code') }}
    group by earlier.submission_id
)

select
    ordered.submission_id,
    ordered.sector,
    ordered.entity,
    ordered.department,
    ordered.coverage,
    ordered.status,
    ordered.received_on,
    ordered.seq,
    ordered.period,
    ordered.period_start,
    ordered.period_end,
    ordered.as_of,
    ordered.covers_to,
    ordered.area_code,
    ordered.scope_key,
    ordered.position,
    ordered.is_snapshot,
    ordered.rows_ok + ordered.rows_warn as rows_accepted,
    ordered.rows_rejected,
    coalesce(covered.within_scope = 1, false) as is_superseded_within,
    covered.submission_id is not null as is_superseded_across
from ordered
left join covered
    on ordered.submission_id = covered.submission_id
