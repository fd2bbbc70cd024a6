{#- The columns (or expressions) together identify a row. -#}
{% test unique_combination(model, columns) %}
select
    {% for column in columns -%}
    {{ column }} as key_{{ loop.index }},
    {% endfor -%}
    count(*) as row_count
from {{ model }}
group by {% for column in columns %}{{ column }}{{ ", " if not loop.last }}{% endfor %}
having count(*) > 1
{% endtest %}
