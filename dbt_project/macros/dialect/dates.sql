{#- Date arithmetic: DuckDB and Spark differ here, so models call these only. -#}

{% macro date_of(text_expr) -%}
    {{ return(adapter.dispatch('date_of', 'one_table')(text_expr)) }}
{%- endmacro %}

{% macro default__date_of(text_expr) -%}
    try_cast({{ text_expr }} as date)
{%- endmacro %}

{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch('days_between', 'one_table')(earlier, later)) }}
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
    date_diff('day', {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}

{% macro add_days(date_expr, days_expr) -%}
    {{ return(adapter.dispatch('add_days', 'one_table')(date_expr, days_expr)) }}
{%- endmacro %}

{% macro default__add_days(date_expr, days_expr) -%}
    cast({{ date_expr }} + to_days(cast({{ days_expr }} as integer)) as date)
{%- endmacro %}

{% macro spark__add_days(date_expr, days_expr) -%}
    date_add({{ date_expr }}, cast({{ days_expr }} as int))
{%- endmacro %}

{% macro subtract_months(date_expr, months_expr) -%}
    {{ return(adapter.dispatch('subtract_months', 'one_table')(date_expr, months_expr)) }}
{%- endmacro %}

{% macro default__subtract_months(date_expr, months_expr) -%}
    cast({{ date_expr }} - to_months(cast({{ months_expr }} as integer)) as date)
{%- endmacro %}

{% macro spark__subtract_months(date_expr, months_expr) -%}
    add_months({{ date_expr }}, -cast({{ months_expr }} as int))
{%- endmacro %}

{#- 'MM-DD' of a date as text, for cut-off days. -#}
{% macro month_day(date_expr) -%}
    {{ return(adapter.dispatch('month_day', 'one_table')(date_expr)) }}
{%- endmacro %}

{% macro default__month_day(date_expr) -%}
    strftime({{ date_expr }}, '%m-%d')
{%- endmacro %}

{% macro spark__month_day(date_expr) -%}
    date_format({{ date_expr }}, 'MM-dd')
{%- endmacro %}

{% macro as_of() -%}
    cast('{{ var("as_of") }}' as date)
{%- endmacro %}

{% macro year_of(date_expr) -%}
    cast(extract(year from {{ date_expr }}) as integer)
{%- endmacro %}

{#- A relation of every day from first to last, in a column `day`. -#}
{% macro every_day(first, last) -%}
    {{ return(adapter.dispatch('every_day', 'one_table')(first, last)) }}
{%- endmacro %}

{% macro default__every_day(first, last) -%}
    (select cast(unnest(generate_series({{ first }}, {{ last }}, interval 1 day)) as date) as day)
{%- endmacro %}

{% macro spark__every_day(first, last) -%}
    (select explode(sequence({{ first }}, {{ last }}, interval 1 day)) as day)
{%- endmacro %}

{% macro is_weekend(date_expr) -%}
    {{ return(adapter.dispatch('is_weekend', 'one_table')(date_expr)) }}
{%- endmacro %}

{% macro default__is_weekend(date_expr) -%}
    (isodow({{ date_expr }}) > 5)
{%- endmacro %}

{% macro spark__is_weekend(date_expr) -%}
    (weekday({{ date_expr }}) > 4)
{%- endmacro %}
