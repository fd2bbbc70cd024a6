-- Grain: one row per month, school term and year that a delivery may be for.
with months as (
    {%- for month in range(1, 13) %}
    select
        '{{ "%02d" | format(month) }}' as month_no,
        '{{ "%02d" | format(month % 12 + 1) }}' as next_no,
        {{ month // 12 }} as in_year
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

years as (
    select distinct {{ year_of('period_start') }} as year_no
    from {{ source('meta', 'submissions') }}
    where period_start is not null and received_on <= {{ as_of() }}

    union

    select {{ year_of(as_of()) }} as year_no

    union

    select {{ year_of(as_of()) }} - 1 as year_no
)

select
    'month' as period_kind,
    cast(years.year_no as varchar) || months.month_no as period,
    {{ date_of("cast(years.year_no as varchar) || '-' || months.month_no || '-01'") }} as period_start,
    {{ date_of("cast(years.year_no + months.in_year as varchar) || '-' || months.next_no || '-01'") }} as next_start
from years
cross join months

union all

select
    'term' as period_kind,
    cast(year_no as varchar) || 'S' as period,
    {{ date_of("cast(year_no as varchar) || '-02-01'") }} as period_start,
    {{ date_of("cast(year_no as varchar) || '-09-01'") }} as next_start
from years

union all

select
    'term' as period_kind,
    cast(year_no as varchar) || 'A' as period,
    {{ date_of("cast(year_no as varchar) || '-09-01'") }} as period_start,
    {{ date_of("cast(year_no + 1 as varchar) || '-02-01'") }} as next_start
from years

union all

select
    'year' as period_kind,
    cast(year_no as varchar) as period,
    {{ date_of("cast(year_no as varchar) || '-01-01'") }} as period_start,
    {{ date_of("cast(year_no + 1 as varchar) || '-01-01'") }} as next_start
from years
