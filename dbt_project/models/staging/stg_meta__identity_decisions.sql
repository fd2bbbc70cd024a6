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

officers as (
    select
        subject_key,
        subject_name,
        target_key,
        kind,
        count(distinct officer) as officer_count
    from events
    group by subject_key, subject_name, target_key, kind
),

needed as (
    select coalesce(max(try_cast(value as integer)), 1) as officer_count
    from {{ ref('policy_parameters') }}
    where param_id = 'identity_officers' and {{ starts_with("'" ~ var('county') ~ "'", "coalesce(area_prefix, '')") }}
),

in_force as (
    select
        ordered.*,
        ordered.kind in ('same', 'correct_id') as is_link
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
    row_number() over (
        partition by subject_key, subject_name, is_link
        order by seq desc, decision_id desc
    ) as preference
from in_force
