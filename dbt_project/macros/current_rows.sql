{#-
    Rows of one feed in force on as_of.

    A row is superseded by a later full delivery whose area covers it; corrections, withdrawals and increments act by
    row_key, the latest wins; a key whose rows were all rejected in the delivery in force keeps its last accepted row
    with is_stale = true. `latest_only`: a delivery for a later period replaces earlier periods too (month and term
    rosters), else periods of different scope stand side by side.

    Which deliveries are in force is known before the SQL is written (stg_meta__deliveries is built first), so the
    model names them: a roster of ten million rows is then one filtered scan that skips every older delivery, and the
    parts about corrections and rejects appear only where there are any.
-#}
{% macro current_rows(sector, entity, latest_only=false, area_column='village_code') -%}
{%- set plan = delivery_plan(sector, entity, 'across' if latest_only else 'within') -%}
{%- set relation = source('raw', sector ~ '__' ~ entity) -%}
{%- set snapshots = plan.live | selectattr('is_snapshot') | list -%}
{%- set changes = plan.live | rejectattr('is_snapshot') | list -%}
with
{%- if changes %}
changed_keys as (
    select distinct
        change.scope_key,
        change.row_key
    from ({{ rows_delivered(relation, changes, plan.parts, area_column) }}) as change
),

ranked as (
    select
        live.*,
        row_number() over (
            partition by live.scope_key, live.row_key
            order by live.position desc, live.sheet asc, live.row_no desc, live.sub_no desc
        ) as recency
    from ({{ rows_delivered(relation, plan.live, plan.parts, area_column) }}) as live
    inner join changed_keys
        on live.scope_key = changed_keys.scope_key and live.row_key = changed_keys.row_key
),
{%- endif %}
{%- if plan.rejecting %}

rejected_keys as (
    select
        rejected.row_key,
        {{ by_delivery('rejected', plan.rejecting, 'scope_key') }} as scope_key,
        max({{ by_delivery('rejected', plan.rejecting, 'position') }}) as position
    from {{ source('meta', 'rejected_keys') }} as rejected
    where {{ is_of_delivery('rejected', plan.rejecting) }}
    group by rejected.row_key, {{ by_delivery('rejected', plan.rejecting, 'scope_key') }}
),

accepted_too as (
    select distinct
        live.row_key,
        live.scope_key
    from ({{ rows_delivered(relation, plan.live, plan.parts, area_column) }}) as live
    inner join rejected_keys
        on live.row_key = rejected_keys.row_key and live.scope_key = rejected_keys.scope_key
),

last_accepted as (
    select
        earlier.*,
        row_number() over (
            partition by earlier.scope_key, earlier.row_key
            order by earlier.position desc, earlier.sheet asc, earlier.row_no desc, earlier.sub_no desc
        ) as recency
    from ({{ rows_delivered(relation, plan.all, [], area_column) }}) as earlier
    inner join rejected_keys
        on
            earlier.row_key = rejected_keys.row_key
            and earlier.scope_key = rejected_keys.scope_key
            and earlier.position < rejected_keys.position
    left join accepted_too
        on earlier.row_key = accepted_too.row_key and earlier.scope_key = accepted_too.scope_key
    where accepted_too.row_key is null
),
{%- endif %}

current_rows as (
    select
        live.*,
        0 as recency,
        false as is_stale
    from ({{ rows_delivered(relation, snapshots, plan.parts, area_column) }}) as live
    {%- if changes %}
    where not exists (
        select 1
        from changed_keys
        where changed_keys.row_key = live.row_key and changed_keys.scope_key = live.scope_key
    )

    union all

    select
        ranked.*,
        false as is_stale
    from ranked
    where ranked.recency = 1 and ranked.op = 'upsert'
    {%- endif %}
    {%- if plan.rejecting %}

    union all

    select
        last_accepted.*,
        true as is_stale
    from last_accepted
    where last_accepted.recency = 1 and last_accepted.op = 'upsert'
    {%- endif %}
)
{%- endmacro %}

{#-
    What the deliveries of a feed mean on as_of: `all` (every visible one), `live` (not superseded as a whole),
    `parts` (areas of a live one that a later delivery replaced), `rejecting` (live snapshots with rejected keys that an
    earlier delivery may have brought).
-#}
{% macro delivery_plan(sector, entity, scope) -%}
    {%- set deliveries = ref('stg_meta__deliveries') -%}
    {%- set supersessions = ref('stg_meta__supersessions') -%}
    {%- set rejected_keys = source('meta', 'rejected_keys') -%}
    {%- set plan = {'all': [], 'live': [], 'parts': [], 'rejecting': []} -%}
    {%- if execute and load_relation(deliveries) -%}
        {%- set found = run_query(
            "select submission_id, scope_key, position, is_snapshot, is_superseded_" ~ scope ~ " as is_superseded,"
            ~ " submission_id in (select submission_id from " ~ rejected_keys ~ ") as is_rejecting"
            ~ " from " ~ deliveries
            ~ " where sector = '" ~ sector ~ "' and entity = '" ~ entity ~ "' order by position"
        ) -%}
        {%- for row in found.rows -%}
            {%- set delivery = {
                'submission_id': row['submission_id'], 'scope_key': row['scope_key'],
                'position': row['position'] | int, 'is_snapshot': row['is_snapshot'],
            } -%}
            {%- set earlier = plan['all'] | selectattr('scope_key', 'equalto', delivery.scope_key) | list -%}
            {%- do plan['all'].append(delivery) -%}
            {%- if not row['is_superseded'] -%}
                {%- do plan['live'].append(delivery) -%}
                {%- if row['is_snapshot'] and row['is_rejecting'] and earlier -%}
                    {%- do plan['rejecting'].append(delivery) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set parts = run_query(
            "select part.submission_id, part.area_code from " ~ supersessions ~ " as part"
            ~ " inner join " ~ deliveries ~ " as delivery"
            ~ " on part.submission_id = delivery.submission_id"
            ~ " where part.is_" ~ scope ~ " and not delivery.is_superseded_" ~ scope
            ~ " and delivery.sector = '" ~ sector ~ "' and delivery.entity = '" ~ entity ~ "'"
            ~ " order by part.submission_id, part.area_code"
        ) -%}
        {%- for row in parts.rows -%}
            {%- do plan['parts'].append({'submission_id': row['submission_id'], 'area_code': row['area_code']}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(plan) }}
{%- endmacro %}

{#- Rows of these deliveries with their scope and position, less the areas that later deliveries replaced. -#}
{% macro rows_delivered(relation, deliveries, parts, area_column) -%}
    select
        raw_row.*,
        {{ by_delivery('raw_row', deliveries, 'scope_key') }} as scope_key,
        {{ by_delivery('raw_row', deliveries, 'position') }} as position
    from {{ relation }} as raw_row
    where
        {{ is_of_delivery('raw_row', deliveries) }}
        {%- for part in parts %}
        and not (
            raw_row.submission_id = '{{ part.submission_id }}'
            and coalesce(raw_row.{{ area_column }}, '') like '{{ part.area_code }}%'
        )
        {%- endfor %}
{%- endmacro %}

{% macro is_of_delivery(alias, deliveries) -%}
    {%- if deliveries -%}
    {{ alias }}.submission_id in ({% for delivery in deliveries -%}
        '{{ delivery.submission_id }}'{{ ", " if not loop.last }}
    {%- endfor %})
    {%- else -%}
    false
    {%- endif -%}
{%- endmacro %}

{#- A value of the delivery that a row came with: one literal where all share it. -#}
{% macro by_delivery(alias, deliveries, field) -%}
    {%- set values = deliveries | map(attribute=field) | unique | list -%}
    {%- set quote = "'" if field == 'scope_key' else '' -%}
    {%- if not values -%}
    {{ "''" if quote else '0' }}
    {%- elif values | length == 1 -%}
    {{ quote }}{{ values[0] }}{{ quote }}
    {%- else -%}
    case {{ alias }}.submission_id
        {%- for delivery in deliveries %} when '{{ delivery.submission_id }}' then {{ quote }}{{ delivery[field] }}{{ quote }}
        {%- endfor %} end
    {%- endif -%}
{%- endmacro %}

{#- Where a row came from, in the form that every reader understands: 'submission#sheet!row'. -#}
{% macro evidence(alias) -%}
    ({{ alias }}.submission_id || '#' || {{ alias }}.sheet || '!' || cast({{ alias }}.row_no as varchar))
{%- endmacro %}
