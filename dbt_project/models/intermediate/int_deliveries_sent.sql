-- Grain: one row per file that a department sent for a period, corrections and withdrawals left out.
with known as (
    select *
    from {{ source('meta', 'submissions') }}
    where received_on <= {{ as_of() }}
),

-- a file that was held came in on the day on which it was sent, not on the day of its release
released as (
    select
        release.submission_id,
        held.submission_id as held_id,
        held.received_on
    from known as release
    inner join known as held
        on
            release.sector = held.sector
            and release.entity = held.entity
            and release.sha256 = held.sha256
    where release.released_by is not null and held.status = 'held'
),

dated as (
    select
        known.*,
        coalesce(released.received_on, known.received_on) as sent_on
    from known
    left join released
        on known.submission_id = released.submission_id
)

select
    submission_id,
    sector,
    entity,
    status,
    seq,
    sent_on as received_on,
    period_start,
    period_end,
    least(period_end, sent_on) as last_day,
    coalesce(area_code, '{{ var("county") }}') as area_code,
    coalesce(rows_in, 0) as rows_in,
    coalesce(rows_ok, 0) + coalesce(rows_warn, 0) as rows_accepted
from dated
where
    period_start is not null
    and coalesce(mode, 'full') not in ('correction', 'withdrawal')
    and submission_id not in (select released.held_id from released)
