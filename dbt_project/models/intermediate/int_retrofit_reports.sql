-- Grain: one row per area and retrofit count of the last month that housing reported, with the highest before it.
with reported as (
    select
        total.indicator,
        total.area_code,
        total.value_written,
        total.value_number,
        total.scope_key,
        delivery.covers_to,
        {{ evidence('total') }} as evidence,
        row_number() over (
            partition by total.indicator, total.area_code, total.scope_key
            order by delivery.position desc, total.sheet asc, total.row_no asc
        ) as preference,
        max(total.scope_key) over (partition by total.area_code) as last_month
    from {{ ref('stg_housing__department_totals') }} as total
    inner join {{ ref('stg_meta__deliveries') }} as delivery
        on total.submission_id = delivery.submission_id
    where total.indicator in ('retro_task', 'retro_started', 'retro_done')
),

-- the highest number of the months of that year before, the latest of them where several are equal
earlier as (
    select
        now.indicator,
        now.area_code,
        past.value_written,
        past.value_number,
        past.scope_key,
        past.evidence,
        row_number() over (
            partition by now.indicator, now.area_code
            order by past.value_number desc, past.covers_to desc
        ) as preference
    from reported as now
    inner join reported as past
        on
            now.indicator = past.indicator
            and now.area_code = past.area_code
            and now.scope_key > past.scope_key
            and {{ year_of('now.covers_to') }} = {{ year_of('past.covers_to') }}
            and past.preference = 1
    where now.preference = 1 and now.scope_key = now.last_month
)

select
    reported.indicator,
    reported.area_code,
    reported.value_written,
    reported.value_number,
    reported.evidence,
    earlier.value_written as earlier_written,
    earlier.value_number as earlier_number,
    earlier.scope_key as earlier_month,
    earlier.evidence as earlier_evidence,
    case reported.indicator when 'retro_done' then 'retro_started' when 'retro_started' then 'retro_task' end
        as bound_by
from reported
left join earlier
    on
        reported.indicator = earlier.indicator
        and reported.area_code = earlier.area_code
        and earlier.preference = 1
where reported.preference = 1 and reported.scope_key = reported.last_month
