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

{#- Feeds that a registered rule or indicator needs and has not got: see `unmet_needs`. -#}
{% macro missing_feeds(registry, key) -%}
    {{ unmet_needs(registry, key, 'needed_feeds', ref('int_feeds_received'), 'feed') }}
{%- endmacro %}

{#- Policy values that a registered rule or indicator needs and no area of the home has: see `unmet_needs`. -#}
{% macro missing_params(registry, key) -%}
    {{ unmet_needs(registry, key, 'needed_params', ref('int_policies_by_area'), 'param_id') }}
{%- endmacro %}

{#-
    What an entry of a registry needs and the column `name` of `relation` lacks, as one row per entry with `missing`
    (text). `column` holds names parted by blanks, all needed; alternatives within a name parted by '|', one is enough.
-#}
{% macro unmet_needs(registry, key, column, relation, name) -%}
    with needs as (
        {{ split_to_rows(registry, key, column, ' ') }}
    ),

    had as (
        select distinct {{ name }} as part
        from {{ relation }}
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
                from had
                where '|' || needs.part || '|' like '%|' || had.part || '|%'
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

{#-
    The end of rules that look at rows: of several rows about one subject and detail the first stands for all. Goes on
    after a CTE `findings` with detail, the subject's key, expected, actual, evidence and what the arguments name.
-#}
{% macro first_of_each(rule_id, key, verdict, columns, joins='', order='evidence asc') -%}
ordered as (
    select
        *,
        row_number() over (partition by {{ key }}, detail order by {{ order }}) as preference
    from findings
)

select
    '{{ rule_id }}' as rule_id,
    ordered.detail,
    {{ verdict }} as verdict,
    {{ columns.subject_type }} as subject_type,
    {{ columns.subject_key }} as subject_key,
    {{ columns.subject_label }} as subject_label,
    {{ columns.area_code }} as area_code,
    {{ columns.owner }} as owner,
    ordered.expected,
    ordered.actual,
    null as difference,
    {{ columns.value_class | default("'text'") }} as value_class,
    ordered.evidence,
    {{ columns.counter_evidence }} as counter_evidence
from ordered
{{ joins }}
where ordered.preference = 1
{%- endmacro %}

{#- The same for findings about register persons, whose row says who they are. -#}
{% macro first_of_each_person(rule_id, owner, verdict="'fail'") -%}
{{ first_of_each(rule_id, 'person_uid', verdict, {
    'subject_type': "'person'", 'subject_key': 'ordered.person_uid', 'subject_label': person_label('person'),
    'area_code': 'person.area_code', 'owner': owner, 'counter_evidence': 'person.reg_evidence',
}, joins='inner join ' ~ ref('int_persons') ~ ' as person\n    on ordered.person_uid = person.person_uid') }}
{%- endmacro %}

{#- The same for findings that carry their household's label and area themselves. -#}
{% macro first_of_each_household(rule_id, owner, verdict="'fail'") -%}
{{ first_of_each(rule_id, 'household_key', verdict, {
    'subject_type': "'household'", 'subject_key': 'ordered.household_key', 'subject_label': household_label('ordered'),
    'area_code': 'ordered.area_code', 'owner': "'" ~ owner ~ "'", 'counter_evidence': 'ordered.reg_evidence',
}) }}
{%- endmacro %}

{#- The same for findings that say themselves what they are about, with whom, and who owes the answer. -#}
{% macro first_of_each_subject(rule_id, verdict="'fail'", value_class="'text'") -%}
{{ first_of_each(rule_id, 'subject_type, subject_key', verdict, {
    'subject_type': 'ordered.subject_type', 'subject_key': 'ordered.subject_key',
    'subject_label': 'ordered.subject_label', 'area_code': 'ordered.area_code', 'owner': 'ordered.owner',
    'value_class': value_class, 'counter_evidence': 'ordered.counter_evidence',
}, order='evidence asc, counter_evidence asc') }}
{%- endmacro %}
