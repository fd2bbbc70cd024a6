-- Grain: one row per household that an earlier register delivery named, as the last of those said.
with earlier as (
    select
        raw_row.submission_id,
        raw_row.sheet,
        raw_row.row_no,
        raw_row.hh_no,
        raw_row.village_code,
        raw_row.head_name,
        raw_row.status,
        delivery.received_on,
        row_number() over (
            partition by raw_row.hh_no
            order by delivery.position desc, raw_row.sheet asc, raw_row.row_no asc
        ) as recency
    from {{ source('raw', 'registry__households') }} as raw_row
    inner join {{ ref('stg_meta__deliveries') }} as delivery
        on raw_row.submission_id = delivery.submission_id
    where delivery.is_superseded_within and raw_row.op = 'upsert'
)

select
    submission_id,
    sheet,
    row_no,
    hh_no,
    village_code,
    head_name,
    status,
    received_on
from earlier
where recency = 1
