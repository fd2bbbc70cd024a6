-- Grain: one row per sector, indicator and area that a department reported: for the month of as_of, else for its last.
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

dated as (
    select
        reported.*,
        delivery.covers_to,
        delivery.position,
        {{ evidence('reported') }} as evidence,
        (
            extract(year from delivery.covers_to) = extract(year from {{ as_of() }})
            and extract(month from delivery.covers_to) = extract(month from {{ as_of() }})
        ) as is_of_month
    from reported
    inner join {{ ref('stg_meta__deliveries') }} as delivery
        on reported.submission_id = delivery.submission_id
),

ordered as (
    select
        *,
        row_number() over (
            partition by sector, indicator, area_code
            order by is_of_month desc, covers_to desc, position desc, sheet asc, row_no asc
        ) as preference
    from dated
)

select
    sector,
    indicator,
    area_code,
    value_written,
    value_number,
    is_of_month,
    evidence
from ordered
where preference = 1
