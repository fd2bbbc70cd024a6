{#-
    Value of a policy parameter in force on as_of for an area: the row with the longest matching area prefix wins,
    then the latest start. `kind` is number, date or text, or
    `from`: the day the value took effect. An area that no list knows falls back to the county's value.
    NULL where no document and no default of ours gives one: the caller must treat that as unknown.

    Mostly one value holds everywhere in a home. That is known before the SQL is written (int_policies_by_area is built
    first), and the value then stands in the SQL as it is; only where areas differ does every row look its own up.
-#}
{% macro policy(param_id, area_expr, kind='number') -%}
    {%- set everywhere = policy_everywhere(param_id, kind) -%}
    {%- if everywhere -%}
    {{ everywhere }}
    {%- else -%}
    coalesce(
        (
            select max(policy_area.value_{{ kind }})
            from {{ ref('int_policies_by_area') }} as policy_area
            where policy_area.param_id = '{{ param_id }}' and policy_area.area_code = {{ area_expr }}
        ),
        (
            select max(policy_county.value_{{ kind }})
            from {{ ref('int_policies_by_area') }} as policy_county
            where policy_county.param_id = '{{ param_id }}' and policy_county.area_code = '{{ var("county") }}'
        )
    )
    {%- endif -%}
{%- endmacro %}

{#- The one value of a parameter as a literal; nothing where areas differ or the table is not there to be asked. -#}
{% macro policy_everywhere(param_id, kind) -%}
    {%- set policies = ref('int_policies_by_area') -%}
    {#- in a unit test the values are rows of the test, not a table -#}
    {%- if not execute or not policies.database or not load_relation(policies) -%}
        {{ return('') }}
    {%- endif -%}
    {%- set type = {'number': 'decimal(18, 6)', 'text': 'varchar'}.get(kind, 'date') -%}
    {#- the mark before the value keeps what reads the answer from taking '01' or '1,2' for a number -#}
    {%- set found = run_query(
        "select count(*) as given, count(case when is_everywhere then 1 end) as alike, '=' || max(cast(value_" ~ kind
        ~ " as varchar)) as one_value from " ~ policies ~ " where param_id = '" ~ param_id ~ "'"
    ).rows[0] -%}
    {%- if found['given'] > found['alike'] -%}
        {{ return('') }}
    {%- endif -%}
    {%- if not found['one_value'] -%}
        {{ return('cast(null as ' ~ type ~ ')') }}
    {%- endif -%}
    {{ return("cast('" ~ (found['one_value'][1:] | replace("'", "''")) ~ "' as " ~ type ~ ")") }}
{%- endmacro %}
