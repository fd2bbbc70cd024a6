-- Grain: one row per feed accepted by as_of, and per list within a feed that has rows.
select
    sector || '/' || entity as feed,
    sector,
    entity,
    max(received_on) as received_on
from {{ ref('stg_meta__deliveries') }}
group by sector, entity

union all

-- the insurance roster may come without a single row of the special cover: then nobody can be said to lack it
select
    '扶贫特惠保参保行' as feed,
    'medical' as sector,
    'enrolments' as entity,
    {{ as_of() }} as received_on
from {{ ref('int_insurance_facts') }}
where is_special_insured
group by is_special_insured
