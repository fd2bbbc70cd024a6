-- Grain: one row per subject that any indicator counts: in which numbers it is.
{%- for relation in indicator_relations() %}
{%- set subject = indicator_subject(relation) %}
select
    '{{ relation }}' as relation,
    '{{ subject.type }}' as subject_type,
    {{ subject.key }} as subject_key,
    {{ subject.label }} as subject_label,
    {{ subject.area }} as area_code
    {%- for part in ['numerator', 'denominator', 'unknown'] %},
    ','
    {%- for fact in indicators_of(relation) if fact[part] %}
    || case when {{ fact[part] }} then '{{ fact.indicator }},' else '' end
    {%- endfor %} as {{ part }}_of
    {%- endfor %},
    {{ counted_in(relation, 'numerator') }} as numerator_amount,
    {{ counted_in(relation, 'denominator') }} as denominator_amount
{{ indicator_source(relation) }}
{%- if not loop.last %}

union all
{% endif %}
{%- endfor %}
