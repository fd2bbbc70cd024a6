-- Grain: one row per row identity and register subject about whom officers' decision is in force on as_of.
{{ config(materialized='table') }}

with events as (
    select *
    from {{ source('meta', 'identity_decisions') }}
    where decided_on <= {{ as_of() }}
),

ordered as (
    select
        *,
        row_number() over (
            partition by subject_key, subject_name, target_key
            order by seq desc, decision_id desc
        ) as recency
    from events
),

changes as (
    select
        latest.subject_key,
        latest.subject_name,
        latest.target_key,
        max(event.seq) as seq
    from ordered as latest
    inner join events as event
        on
            latest.subject_key = event.subject_key
            and latest.subject_name = event.subject_name
            and latest.target_key = event.target_key
            and latest.kind <> event.kind
    where latest.recency = 1
    group by latest.subject_key, latest.subject_name, latest.target_key
),

-- Officers who say the same as the last one and have not been contradicted or run out since.
officers as (
    select
        event.subject_key,
        event.subject_name,
        event.target_key,
        event.kind,
        count(distinct event.officer) as officer_count,
        max(case when event.feed = 'registry/persons' then 1 else 0 end) = 1 as is_of_register
    from events as event
    left join changes
        on
            event.subject_key = changes.subject_key
            and event.subject_name = changes.subject_name
            and event.target_key = changes.target_key
    where
        event.seq > coalesce(changes.seq, 0)
        and (event.expires_on is null or event.expires_on >= {{ as_of() }})
    group by event.subject_key, event.subject_name, event.target_key, event.kind
),

wanted as (
    select
        try_cast(value as integer) as officer_count,
        row_number() over (
            order by
                length(coalesce(area_prefix, '')) desc,
                coalesce(valid_from, cast('1900-01-01' as date)) desc,
                value asc
        ) as preference
    from {{ ref('policy_parameters') }}
    where
        param_id = 'identity_officers'
        and {{ starts_with("'" ~ var('county') ~ "'", "coalesce(area_prefix, '')") }}
        and (valid_from is null or valid_from <= {{ as_of() }})
        and (valid_to is null or valid_to > {{ as_of() }})
),

needed as (
    select coalesce(max(officer_count), 1) as officer_count
    from wanted
    where preference = 1
),

in_force as (
    select
        ordered.*,
        ordered.kind in ('same', 'correct_id') as is_link,
        officers.is_of_register
    from ordered
    inner join officers
        on
            ordered.subject_key = officers.subject_key
            and ordered.subject_name = officers.subject_name
            and ordered.target_key = officers.target_key
            and ordered.kind = officers.kind
    inner join needed
        on officers.officer_count >= needed.officer_count
    where
        ordered.recency = 1
        and ordered.kind <> 'withdrawn'
        and (ordered.expires_on is null or ordered.expires_on >= {{ as_of() }})
)

select
    decision_id,
    seq,
    kind,
    subject_key,
    subject_name,
    target_key,
    feed,
    officer,
    reason,
    decided_on,
    expires_on,
    is_link,
    is_of_register,
    row_number() over (
        partition by subject_key, subject_name, is_link
        order by seq desc, decision_id desc
    ) as preference,
    row_number() over (
        partition by subject_key, subject_name, is_link, is_of_register
        order by seq desc, decision_id desc
    ) as register_preference
from in_force
