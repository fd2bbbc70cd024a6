-- Conservation: every row of a household list in force belongs to exactly one household.
{%- set feeds = [
    ('stg_housing__appraisals', 'int_appraisal_rows'),
    ('stg_housing__retrofits', 'int_retrofit_rows'),
    ('stg_water__household_water', 'int_water_rows'),
] %}
with counted as (
    {%- for staged, placed in feeds %}
    select
        '{{ staged }}' as feed,
        (select count(*) from {{ ref(staged) }}) as rows_in_force,
        (select count(*) from {{ ref(placed) }}) as rows_placed
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    feed,
    rows_in_force,
    rows_placed
from counted
where rows_in_force <> rows_placed
