-- Grain: one row per feed of which at least one delivery had been accepted by as_of.
select
    sector || '/' || entity as feed,
    sector,
    entity,
    max(received_on) as received_on
from {{ ref('stg_meta__deliveries') }}
group by sector, entity
