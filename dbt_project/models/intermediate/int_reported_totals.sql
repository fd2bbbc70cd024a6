-- Grain: one row per sector, indicator and area that a department reported for the month of as_of.
with reported as (
    {%- for sector in ['registry', 'medical', 'housing', 'education', 'civil_affairs', 'water'] %}
    select
        '{{ sector }}' as sector,
        submission_id,
        sheet,
        row_no,
        row_key,
        indicator,
        area_code,
        value_written,
        value_number
    from {{ ref('stg_' ~ sector ~ '__department_totals') }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

of_month as (
    select
        reported.*,
        {{ evidence('reported') }} as evidence,
        row_number() over (
            partition by reported.sector, reported.indicator, reported.area_code
            order by delivery.position desc, reported.sheet asc, reported.row_no asc
        ) as preference
    from reported
    inner join {{ ref('stg_meta__deliveries') }} as delivery
        on reported.submission_id = delivery.submission_id
    where
        extract(year from delivery.covers_to) = extract(year from {{ as_of() }})
        and extract(month from delivery.covers_to) = extract(month from {{ as_of() }})
)

select
    sector,
    indicator,
    area_code,
    value_written,
    value_number,
    evidence
from of_month
where preference = 1
