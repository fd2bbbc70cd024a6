{#- Text functions that DuckDB and Spark spell differently. -#}

{% macro joined_text(expr, separator, order_by) -%}
    {{ return(adapter.dispatch('joined_text', 'one_table')(expr, separator, order_by)) }}
{%- endmacro %}

{% macro default__joined_text(expr, separator, order_by) -%}
    string_agg({{ expr }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro spark__joined_text(expr, separator, order_by) -%}
    array_join(sort_array(collect_list({{ expr }})), '{{ separator }}')
{%- endmacro %}

{#- True where the comma-joined list `list_expr` holds `item_expr`; NULL list gives false. -#}
{% macro list_has(list_expr, item_expr) -%}
    (',' || coalesce({{ list_expr }}, '') || ',' like '%,' || {{ item_expr }} || ',%')
{%- endmacro %}

{% macro starts_with(text_expr, prefix_expr) -%}
    (substr({{ text_expr }}, 1, length({{ prefix_expr }})) = {{ prefix_expr }})
{%- endmacro %}

{#- Of a group's rows the value of the one whose key comes first, blank or not; both are text. -#}
{% macro first_by(value_expr, key_expr) -%}
    {{ return(adapter.dispatch('first_by', 'one_table')(value_expr, key_expr)) }}
{%- endmacro %}

{% macro default__first_by(value_expr, key_expr) -%}
    nullif(arg_min(coalesce({{ value_expr }}, ''), {{ key_expr }}), '')
{%- endmacro %}

{% macro spark__first_by(value_expr, key_expr) -%}
    nullif(min_by(coalesce({{ value_expr }}, ''), {{ key_expr }}), '')
{%- endmacro %}

{#- The code of a standard without blanks, in capitals, with a plain hyphen: 'gb 5749—2006' → 'GB5749-2006'. -#}
{% macro bare_code(text_expr) -%}
    replace(replace(replace(upper({{ text_expr }}), ' ', ''), '—', '-'), '－', '-')
{%- endmacro %}

{% macro text_before(text_expr, separator) -%}
    {{ return(adapter.dispatch('text_before', 'one_table')(text_expr, separator)) }}
{%- endmacro %}

{% macro default__text_before(text_expr, separator) -%}
    split_part({{ text_expr }}, '{{ separator }}', 1)
{%- endmacro %}

{% macro spark__text_before(text_expr, separator) -%}
    substring_index({{ text_expr }}, '{{ separator }}', 1)
{%- endmacro %}

{#- One row per part of a separated list: columns `key` and `part`. -#}
{% macro split_to_rows(relation, key, column, separator) -%}
    {{ return(adapter.dispatch('split_to_rows', 'one_table')(relation, key, column, separator)) }}
{%- endmacro %}

{% macro default__split_to_rows(relation, key, column, separator) -%}
    select
        {{ key }},
        unnest(string_split({{ column }}, '{{ separator }}')) as part
    from {{ relation }}
{%- endmacro %}

{% macro spark__split_to_rows(relation, key, column, separator) -%}
    select
        {{ key }},
        explode(split({{ column }}, '{{ separator }}')) as part
    from {{ relation }}
{%- endmacro %}

{#- Number of decimals a number was written with: '0.985' has 3, '4' has 0. -#}
{% macro decimals_written(text_expr) -%}
    (case when {{ text_expr }} like '%.%' then length({{ text_expr }}) - instr({{ text_expr }}, '.') else 0 end)
{%- endmacro %}

{#- 测甲一 → 测**: what a department may see of a person of another list. -#}
{% macro masked_name(name_expr) -%}
    (substr({{ name_expr }}, 1, 1) || '**')
{%- endmacro %}
