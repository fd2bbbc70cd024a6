{#-
    Rows of one feed in force on as_of.

    A row is superseded by a later full delivery whose area covers it; corrections, withdrawals and increments act by
    row_key, the latest wins; a key whose rows were all rejected in the delivery in force keeps its last accepted row
    with is_stale = true. `latest_only`: a delivery for a later period replaces earlier periods too (month and term
    rosters), else periods of different scope stand side by side.

    Written so that a roster of ten million rows is streamed once: only keys touched by a correction or a reject are
    ever ranked, and `live_rows` is repeated as a subquery because a shared CTE would be materialised.
-#}
{% macro current_rows(sector, entity, latest_only=false, area_column='village_code') -%}
{%- set live = live_rows(sector, entity, 'across' if latest_only else 'within', area_column) -%}
{%- set feed = "delivery.sector = '" ~ sector ~ "' and delivery.entity = '" ~ entity ~ "'" -%}
with touched as (
    select distinct
        live.scope_key,
        live.row_key
    from ({{ live }}) as live
    where not live.is_snapshot
),

ranked as (
    select
        live.*,
        row_number() over (
            partition by live.scope_key, live.row_key
            order by live.position desc, live.sheet asc, live.row_no desc, live.sub_no desc
        ) as recency
    from ({{ live }}) as live
    inner join touched
        on live.scope_key = touched.scope_key and live.row_key = touched.row_key
),

rejected as (
    select
        rejected_key.row_key,
        delivery.scope_key,
        max(delivery.position) as position
    from {{ source('meta', 'rejected_keys') }} as rejected_key
    inner join {{ ref('stg_meta__deliveries') }} as delivery
        on rejected_key.submission_id = delivery.submission_id
    where
        {{ feed }}
        and delivery.is_snapshot
        and not delivery.is_superseded_{{ 'across' if latest_only else 'within' }}
    group by rejected_key.row_key, delivery.scope_key
),

accepted_elsewhere as (
    select distinct
        rejected.row_key,
        rejected.scope_key
    from ({{ live }}) as live
    inner join rejected
        on live.row_key = rejected.row_key and live.scope_key = rejected.scope_key
),

rejected_only as (
    select
        rejected.row_key,
        rejected.scope_key,
        rejected.position
    from rejected
    left join accepted_elsewhere
        on rejected.row_key = accepted_elsewhere.row_key and rejected.scope_key = accepted_elsewhere.scope_key
    where accepted_elsewhere.row_key is null
),

last_accepted as (
    select
        raw_row.*,
        delivery.position,
        delivery.scope_key,
        delivery.is_snapshot,
        row_number() over (
            partition by delivery.scope_key, raw_row.row_key
            order by delivery.position desc, raw_row.sheet asc, raw_row.row_no desc, raw_row.sub_no desc
        ) as recency
    from {{ source('raw', sector ~ '__' ~ entity) }} as raw_row
    inner join rejected_only
        on raw_row.row_key = rejected_only.row_key
    inner join {{ ref('stg_meta__deliveries') }} as delivery
        on
            raw_row.submission_id = delivery.submission_id
            and rejected_only.scope_key = delivery.scope_key
            and rejected_only.position > delivery.position
    where {{ feed }}
),

current_rows as (
    select
        live.*,
        0 as recency,
        false as is_stale
    from ({{ live }}) as live
    where
        live.is_snapshot
        and not exists (
            select 1
            from touched
            where touched.row_key = live.row_key and touched.scope_key = live.scope_key
        )

    union all

    select
        ranked.*,
        false as is_stale
    from ranked
    where ranked.recency = 1 and ranked.op = 'upsert'

    union all

    select
        last_accepted.*,
        true as is_stale
    from last_accepted
    where last_accepted.recency = 1 and last_accepted.op = 'upsert'
)
{%- endmacro %}

{#- Rows of deliveries not superseded as a whole, without those that a later delivery for a smaller area replaced. -#}
{% macro live_rows(sector, entity, scope, area_column) -%}
    select
        raw_row.*,
        delivery.position,
        delivery.scope_key,
        delivery.is_snapshot
    from {{ source('raw', sector ~ '__' ~ entity) }} as raw_row
    inner join {{ ref('stg_meta__deliveries') }} as delivery
        on raw_row.submission_id = delivery.submission_id
    where
        delivery.sector = '{{ sector }}'
        and delivery.entity = '{{ entity }}'
        and not delivery.is_superseded_{{ scope }}
        and not exists (
            select 1
            from {{ ref('stg_meta__supersessions') }} as part
            where
                part.submission_id = raw_row.submission_id
                and part.is_{{ scope }}
                and {{ starts_with('raw_row.' ~ area_column, 'part.area_code') }}
        )
{%- endmacro %}

{#- Where a row came from, in the form that every reader understands: 'submission#sheet!row'. -#}
{% macro evidence(alias) -%}
    ({{ alias }}.submission_id || '#' || {{ alias }}.sheet || '!' || cast({{ alias }}.row_no as varchar))
{%- endmacro %}
