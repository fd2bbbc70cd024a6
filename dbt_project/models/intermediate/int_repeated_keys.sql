-- Grain: one row per file row in force that was sent back because its key occurs twice with different content.
with deliveries as (
    select
        submission_id,
        sector,
        entity,
        area_code
    from {{ ref('stg_meta__deliveries') }}
    where
        (
            sector || '/' || entity in ('medical/enrolments', 'housing/appraisals', 'water/household_water')
            and not is_superseded_within
            and (
                sector <> 'medical'
                or scope_key = ''
                or substr(scope_key, 1, 4) = cast({{ year_of(as_of()) }} as varchar)
            )
        )
        or (
            sector || '/' || entity in ('education/enrolments', 'civil_affairs/dibao', 'civil_affairs/tekun')
            and not is_superseded_across
        )
)

select distinct
    deliveries.sector,
    deliveries.entity,
    deliveries.area_code,
    row_code.row_no,
    {{ evidence('row_code') }} as evidence
from {{ source('meta', 'row_codes') }} as row_code
inner join deliveries
    on row_code.submission_id = deliveries.submission_id
where row_code.code = 'R_DUP_KEY'
