-- Grain: one row per indicator and smallest area (NULL where the subject's village is unknown).
with
{%- for relation in indicator_relations() %}
{{ relation }}_sums as (
    select
        {{ indicator_subject(relation).area }} as area_code
        {%- for fact in indicators_of(relation) %}
        {%- for part in ['numerator', 'denominator', 'unknown'] if fact[part] %},
        sum(case when {{ fact[part] }} then {{ counted_as(fact, part) }} else 0 end) as {{ fact.indicator }}_{{ part }}
        {%- endfor %}
        {%- endfor %}
    {{ indicator_source(relation) }}
    group by {{ indicator_subject(relation).area }}
){{ "," if not loop.last }}
{% endfor %}

{% for fact in indicator_facts() -%}
select
    '{{ fact.indicator }}' as indicator,
    area_code,
    cast({{ fact.indicator ~ '_numerator' if fact.numerator else 'null' }} as bigint) as numerator,
    cast({{ fact.indicator ~ '_denominator' if fact.denominator else 'null' }} as bigint) as denominator,
    cast({{ fact.indicator ~ '_unknown' if fact.unknown else '0' }} as bigint) as unknown
from {{ fact.relation }}_sums
{%- if not loop.last %}

union all
{% endif %}
{% endfor %}
