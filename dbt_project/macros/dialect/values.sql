{#- '1' / '0' / NULL as landed → true / false / NULL: unknown stays unknown. -#}
{% macro yes_no(column) -%}
    case {{ column }} when '1' then true when '0' then false end
{%- endmacro %}

{#- Ratio with six decimals; NULL where there is nobody to count, never 100 %. -#}
{% macro ratio(numerator, denominator) -%}
    case
        when {{ denominator }} > 0
            then cast(cast({{ numerator }} as double) / cast({{ denominator }} as double) as decimal(18, 6))
    end
{%- endmacro %}

{#- Half a unit of the last decimal written: 0.5 for none, 0.0005 for three. -#}
{% macro half_unit(decimals) -%}
    (0.5 * power(10, -{{ decimals }}))
{%- endmacro %}

{#- Whether a list column holds a value. -#}
{% macro array_has(array_expr, item_expr) -%}
    {{ return(adapter.dispatch('array_has', 'one_table')(array_expr, item_expr)) }}
{%- endmacro %}

{% macro default__array_has(array_expr, item_expr) -%}
    coalesce(list_contains({{ array_expr }}, {{ item_expr }}), false)
{%- endmacro %}

{% macro spark__array_has(array_expr, item_expr) -%}
    coalesce(array_contains({{ array_expr }}, {{ item_expr }}), false)
{%- endmacro %}
