{#- The shape that every rule model has, in this order. -#}
{% macro rule_columns() -%}
    {{ return([
        'rule_id', 'detail', 'verdict', 'subject_type', 'subject_key', 'subject_label', 'area_code', 'owner',
        'expected', 'actual', 'difference', 'value_class', 'evidence', 'counter_evidence',
    ]) }}
{%- endmacro %}

{#- Union of all rule models. -#}
{% macro all_findings() -%}
    {%- for model in rule_models() %}
    select
        {% for column in rule_columns() -%}
        cast({{ column }} as varchar) as {{ column }}{{ "," if not loop.last }}
        {% endfor -%}
    from {{ ref(model) }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
{%- endmacro %}

{#-
    Feeds that a registered rule or indicator needs and has not got, as one row per entry with `missing` (text).
    needed_feeds: names parted by blanks, all needed; alternatives within a name parted by '|', one is enough.
-#}
{% macro missing_feeds(registry, key) -%}
    with needs as (
        {{ split_to_rows(registry, key, 'needed_feeds', ' ') }}
    ),

    unmet as (
        select
            needs.{{ key }},
            needs.part
        from needs
        where
            needs.part <> ''
            and not exists (
                select 1
                from {{ ref('int_feeds_received') }} as received
                where '|' || needs.part || '|' like '%|' || received.feed || '|%'
            )
    )

    select
        {{ key }},
        {{ joined_text('part', '、', 'part') }} as missing
    from unmet
    group by {{ key }}
{%- endmacro %}

{#-
    A number of the county that misses its target: `fail` once its deadline has passed (at once where it has none),
    `warn` before, `unknown` where the people nobody knows about decide. Silent where no document sets a target.
-#}
{% macro below_target(rule_id, indicator) -%}
with judged as (
    select
        computed.area_code,
        computed.value,
        computed.numerator,
        computed.denominator,
        registry.title,
        registry.owner,
        target.value_number as target,
        deadline.value_date as deadline,
        case
            when registry.higher_is_better and computed.value < target.value_number
                then coalesce({{ ratio('computed.numerator + computed.unknown', 'computed.denominator') }}, 0)
            when not registry.higher_is_better and computed.value > target.value_number then target.value_number - 1
        end as value_at_best
    from {{ ref('int_indicators') }} as computed
    inner join {{ ref('indicators_registry') }} as registry
        on computed.indicator = registry.indicator
    inner join {{ ref('int_policies_by_area') }} as target
        on registry.target_param = target.param_id and computed.area_code = target.area_code
    left join {{ ref('int_policies_by_area') }} as deadline
        on registry.deadline_param = deadline.param_id and computed.area_code = deadline.area_code
    where computed.indicator = '{{ indicator }}' and computed.area_level = 'county' and not computed.is_not_run
)

select
    '{{ rule_id }}' as rule_id,
    '{{ indicator }}' as detail,
    case
        when value_at_best >= target then 'unknown'
        when {{ as_of() }} <= deadline then 'warn'
        else 'fail'
    end as verdict,
    'indicator' as subject_type,
    '{{ indicator }}|' || area_code as subject_key,
    title || '(' || {{ area_name_of('judged.area_code') }} || ')' as subject_label,
    area_code,
    owner,
    '目标' || cast(cast(target as decimal(18, 4)) as varchar) as expected,
    cast(value as varchar)
    || coalesce('(' || cast(numerator as varchar) || '/' || cast(denominator as varchar) || ')', '') as actual,
    cast(value - target as varchar) as difference,
    'text' as value_class,
    null as evidence,
    null as counter_evidence
from judged
where value_at_best is not null
{%- endmacro %}
