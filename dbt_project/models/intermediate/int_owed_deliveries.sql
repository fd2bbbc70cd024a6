-- Grain: one row per feed, area and period that is expected from a department up to as_of.
with submissions as (
    select
        sector,
        entity,
        received_on,
        coalesce(area_code, '{{ var("county") }}') as area_code,
        status in ('accepted', 'accepted_with_errors', 'nil')
        and coalesce(mode, 'full') not in ('correction', 'withdrawal') as is_delivery
    from {{ source('meta', 'submissions') }}
    where received_on <= {{ as_of() }}
),

calendar as (
    select
        feed_status.sector,
        feed_status.entity,
        feed_status.title,
        feed_status.owner,
        rules.period_kind,
        rules.due_days,
        rules.grace_days,
        rules.is_required
    from {{ ref('delivery_calendar') }} as rules
    inner join {{ ref('feed_status') }} as feed_status
        on rules.feed = feed_status.sector || '/' || feed_status.entity
),

areas as (
    select distinct
        sector,
        entity,
        area_code
    from submissions
    where is_delivery

    union

    select
        calendar.sector,
        calendar.entity,
        '{{ var("county") }}' as area_code
    from calendar
    where not exists (
        select 1
        from submissions
        where
            submissions.sector = calendar.sector
            and submissions.entity = calendar.entity
            and submissions.is_delivery
    )
),

opening as (
    select min(received_on) as first_day
    from submissions
)

select
    calendar.sector,
    calendar.entity,
    calendar.title,
    calendar.owner,
    areas.area_code,
    calendar.period_kind,
    starts.period,
    starts.period_start,
    {{ add_days('starts.next_start', '-1') }} as period_end,
    {{ add_days('starts.next_start', 'calendar.due_days - 1') }} as due_on,
    {{ add_days('starts.next_start', 'calendar.due_days + calendar.grace_days - 1') }} as missing_after,
    calendar.is_required
from calendar
inner join areas
    on calendar.sector = areas.sector and calendar.entity = areas.entity
inner join {{ ref('int_delivery_periods') }} as starts
    on calendar.period_kind = starts.period_kind
cross join opening
where
    starts.period_start <= {{ as_of() }}
    and {{ add_days('starts.next_start', 'calendar.due_days - 1') }} >= coalesce(opening.first_day, {{ as_of() }})
