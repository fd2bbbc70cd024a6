-- Grain: one row per feed, area and period that a department owes up to as_of.
with candidates as (
    select
        owed.sector,
        owed.entity,
        owed.area_code,
        owed.period,
        sent.submission_id,
        sent.status,
        sent.received_on,
        sent.rows_in,
        sent.rows_accepted,
        row_number() over (
            partition by
                owed.sector, owed.entity, owed.area_code, owed.period,
                sent.status in ('accepted', 'accepted_with_errors', 'nil')
            order by sent.received_on asc, sent.seq asc
        ) as place
    from {{ ref('int_owed_deliveries') }} as owed
    inner join {{ ref('int_deliveries_sent') }} as sent
        on
            owed.sector = sent.sector
            and owed.entity = sent.entity
            -- a file for a longer period is one for every part of it that had begun, else for the part it ends in
            and owed.period_start <= sent.last_day
            and (
                owed.period_end >= sent.last_day
                or (owed.period_start >= sent.period_start and owed.period_end <= sent.period_end)
            )
    where {{ starts_with('owed.area_code', 'sent.area_code') }}
),

first_good as (
    select *
    from candidates
    where place = 1 and status in ('accepted', 'accepted_with_errors', 'nil')
),

turned_back as (
    select
        sector,
        entity,
        area_code,
        period,
        count(*) as refused_count
    from candidates
    where status in ('refused', 'held')
    group by sector, entity, area_code, period
),

judged as (
    select
        owed.*,
        first_good.submission_id,
        first_good.received_on,
        first_good.rows_in,
        first_good.rows_accepted,
        coalesce(first_good.status = 'nil', false) as is_nil,
        cast(coalesce(turned_back.refused_count, 0) as bigint) as refused_count,
        case
            when first_good.received_on <= owed.due_on then 'on_time'
            when first_good.received_on is not null then 'late'
            when {{ as_of() }} > owed.missing_after then 'missing'
            when {{ as_of() }} > owed.due_on then 'overdue'
            else 'awaited'
        end as delivery_state
    from {{ ref('int_owed_deliveries') }} as owed
    left join first_good
        on
            owed.sector = first_good.sector
            and owed.entity = first_good.entity
            and owed.area_code = first_good.area_code
            and owed.period = first_good.period
    left join turned_back
        on
            owed.sector = turned_back.sector
            and owed.entity = turned_back.entity
            and owed.area_code = turned_back.area_code
            and owed.period = turned_back.period
)

select
    sector,
    entity,
    title,
    owner,
    area_code,
    period,
    period_start,
    period_end,
    due_on,
    missing_after,
    is_required,
    submission_id,
    received_on,
    rows_in,
    rows_accepted,
    is_nil,
    refused_count,
    delivery_state,
    cast(
        sum(case when is_required and delivery_state = 'on_time' then 1 else 0 end) over of_department
        / nullif(sum(case when is_required and delivery_state <> 'awaited' then 1.0 else 0.0 end) over of_department, 0)
        as decimal(18, 6)
    ) as on_time_rate,
    cast(
        sum(case when is_required and delivery_state in ('on_time', 'late') then 1 else 0 end) over of_department
        / nullif(sum(case when is_required and delivery_state <> 'awaited' then 1.0 else 0.0 end) over of_department, 0)
        as decimal(18, 6)
    ) as completeness_rate
from judged
window of_department as (partition by owner, period)
