-- Grain: one row per feed that a department owes: its last good delivery and its age.
{%- set feeds = [] %}
{%- if execute %}
{%- for node in graph.sources.values() if node.source_name == 'raw' %}
{%- set meta = node.config.meta or node.meta %}
{%- do feeds.append({
    'sector': meta.sector, 'entity': meta.entity, 'title': meta.title, 'owner': meta.owner,
}) %}
{%- endfor %}
{%- endif %}
with known as (
    {%- for feed in feeds | sort(attribute='entity') | sort(attribute='sector') %}
    select
        '{{ feed.sector }}' as sector,
        '{{ feed.entity }}' as entity,
        '{{ feed.title }}' as title,
        '{{ feed.owner }}' as owner
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- else %}
    select
        '' as sector,
        '' as entity,
        '' as title,
        '' as owner
    {%- endfor %}
),

ordered as (
    select
        *,
        row_number() over (partition by sector, entity order by position desc) as recency
    from {{ ref('stg_meta__deliveries') }}
),

last_good as (
    select *
    from ordered
    where recency = 1
),

later_refusals as (
    select
        refused.sector,
        refused.entity,
        count(*) as refused_count
    from {{ source('meta', 'submissions') }} as refused
    left join last_good
        on refused.sector = last_good.sector and refused.entity = last_good.entity
    where
        refused.status in ('refused', 'held')
        and refused.received_on <= {{ as_of() }}
        and (last_good.seq is null or refused.seq > last_good.seq)
    group by refused.sector, refused.entity
),

aged as (
    select
        known.sector,
        known.entity,
        known.title,
        known.owner,
        last_good.submission_id,
        last_good.period,
        coalesce(last_good.as_of, last_good.covers_to) as data_as_of,
        last_good.received_on,
        {{ days_between('last_good.covers_to', as_of()) }} as days_past,
        {{ days_between('last_good.period_start', 'last_good.period_end') }} as period_days,
        last_good.rows_accepted,
        last_good.rows_rejected,
        coalesce(later_refusals.refused_count, 0) as refused_count,
        {{ policy('delivery_refresh_days', "'" ~ var('county') ~ "'") }} as refresh_days,
        {{ policy('delivery_grace', "'" ~ var('county') ~ "'") }} as grace_days
    from known
    left join last_good
        on known.sector = last_good.sector and known.entity = last_good.entity
    left join later_refusals
        on known.sector = later_refusals.sector and known.entity = later_refusals.entity
),

judged as (
    select
        *,
        coalesce(days_past > greatest(period_days, refresh_days) + grace_days, false) as is_overdue
    from aged
)

select
    sector,
    entity,
    title,
    owner,
    submission_id,
    period,
    data_as_of,
    received_on,
    {{ days_between('data_as_of', as_of()) }} as age_days,
    rows_accepted,
    rows_rejected,
    submission_id is not null and is_overdue as is_outdated,
    submission_id is not null and (is_overdue or refused_count > 0) as is_stale,
    submission_id is null as is_missing
from judged
