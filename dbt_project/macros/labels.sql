{#- How a subject is named to officers: masked, so that the label may travel to any department. -#}
{% macro person_label(alias) -%}
    ({{ masked_name(alias ~ '.name') }} || coalesce('(户编号' || {{ alias }}.hh_no || ')', ''))
{%- endmacro %}

{% macro household_label(alias) -%}
    (coalesce({{ masked_name(alias ~ '.head_name') }}, '') || '户' || coalesce('(户编号' || {{ alias }}.hh_no || ')', ''))
{%- endmacro %}

{#- The official word of a code, the code itself where the list has none. -#}
{% macro word_of(code_list, code_expr) -%}
    coalesce(
        (
            select max(code_word.word)
            from {{ ref('code_words') }} as code_word
            where code_word.code_list = '{{ code_list }}' and code_word.code = {{ code_expr }}
        ),
        {{ code_expr }}
    )
{%- endmacro %}

{% macro yes_no_word(bool_expr) -%}
    case when {{ bool_expr }} then '是' when not {{ bool_expr }} then '否' else '不明' end
{%- endmacro %}

{#- Name of an area, its code where no list names it. -#}
{% macro area_name_of(code_expr) -%}
    coalesce(
        (
            select max(area.area_name)
            from {{ ref('int_areas') }} as area
            where area.area_code = {{ code_expr }}
        ),
        {{ code_expr }}
    )
{%- endmacro %}
