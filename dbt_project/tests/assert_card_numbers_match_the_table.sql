-- The four card counts and the reviews are the same number in the table and among the indicators.
{%- for card in ['red', 'yellow', 'green', 'blue', 'review'] %}
select
    indicator.indicator,
    indicator.numerator,
    counted.households
from {{ ref('indicators') }} as indicator
cross join (
    select count(*) as households
    from {{ ref('one_table_household') }}
    where card = '{{ card }}'
) as counted
where
    indicator.indicator = 'card_{{ card }}'
    and indicator.area_code = '{{ var("county") }}'
    and indicator.status = 'ok'
    and indicator.numerator <> counted.households
{%- if not loop.last %}

union all
{% endif %}
{%- endfor %}
