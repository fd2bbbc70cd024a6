{#- The rows of a relation once for each area that they are counted in, from the deepest level (digits of its code) up. -#}
{#- Whose place nobody knows counts for the whole only. -#}
{% macro in_every_area(relation, columns, deepest=12) -%}
    {%- for digits in [12, 9] + ([6] if var('county') | length < 6 else []) if digits <= deepest %}
    select
        substr(area_code, 1, {{ digits }}) as area_code,
        {{ columns | join(', ') }}
    from {{ relation }}
    where length(area_code) >= {{ digits }}

    union all
    {% endfor %}
    select
        '{{ var("county") }}' as area_code,
        {{ columns | join(', ') }}
    from {{ relation }}
{%- endmacro %}

{#- True of a row of the list of villages that is in force on as_of: from its first day, no longer on its last. -#}
{% macro is_area_in_force() -%}
    coalesce(valid_from, {{ as_of() }}) <= {{ as_of() }}
    and (valid_to is null or valid_to > {{ as_of() }})
{%- endmacro %}

{#- Every village in force once; `told` is SQL of what else the list of villages tells of it. -#}
{% macro every_village(told) -%}
    select
        area_code,
        min(area_name) as area_name,
        {{ told }}
    from {{ ref('stg_registry__villages') }}
    where length(area_code) = 12 and {{ is_area_in_force() }}
    group by area_code
{%- endmacro %}
