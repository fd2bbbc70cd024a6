-- Grain: one row per feed, area and period that a department owes up to as_of.
with submissions as (
    select
        submission_id,
        sector,
        entity,
        status,
        received_on,
        seq,
        coalesce(area_code, '{{ var("county") }}') as area_code,
        period_start,
        coalesce(mode, 'full') in ('correction', 'withdrawal') as is_amendment,
        coalesce(rows_in, 0) as rows_in,
        coalesce(rows_ok, 0) + coalesce(rows_warn, 0) as rows_accepted
    from {{ source('meta', 'submissions') }}
    where received_on <= {{ as_of() }}
),

candidates as (
    select
        owed.sector,
        owed.entity,
        owed.area_code,
        owed.period,
        submissions.submission_id,
        submissions.status,
        submissions.received_on,
        submissions.rows_in,
        submissions.rows_accepted,
        row_number() over (
            partition by
                owed.sector, owed.entity, owed.area_code, owed.period,
                submissions.status in ('accepted', 'accepted_with_errors', 'nil')
            order by submissions.received_on asc, submissions.seq asc
        ) as place
    from {{ ref('int_owed_deliveries') }} as owed
    inner join submissions
        on
            owed.sector = submissions.sector
            and owed.entity = submissions.entity
            and submissions.period_start between owed.period_start and owed.period_end
            and not submissions.is_amendment
    where {{ starts_with('owed.area_code', 'submissions.area_code') }}
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
