{#-
    Value of a policy parameter in force on as_of for an area: the row with the longest matching area prefix wins,
    then the latest start. `kind` is number, date or text, or
    `from`: the day the value took effect. An area that no list knows falls back to the county's value.
    NULL where no document and no default of ours gives one: the caller must treat that as unknown.
-#}
{% macro policy(param_id, area_expr, kind='number') -%}
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
{%- endmacro %}
