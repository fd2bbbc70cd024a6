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

union all

-- houses of all farmers are counted only where a document sets a share of them
select
    '全县农户安全住房目标' as feed,
    'housing' as sector,
    'appraisals' as entity,
    {{ as_of() }} as received_on
from {{ ref('int_policies_by_area') }}
where param_id = 'safe_housing_county_min' and value_number is not null
group by param_id

union all

-- shares of the whole rural population are counted only where the list of villages tells it
select
    '行政村名单总人口数' as feed,
    'registry' as sector,
    'villages' as entity,
    {{ as_of() }} as received_on
from {{ ref('stg_registry__villages') }}
where length(area_code) = 12 and pop_total is not null
having count(*) > 0

union all

-- a list of those who draw a subsidy does not say who holds a certificate
select
    '残疾人持证全部名册' as feed,
    'civil_affairs' as sector,
    'disability' as entity,
    max(received_on) as received_on
from {{ ref('stg_meta__deliveries') }}
where sector = 'civil_affairs' and entity = 'disability' and not is_superseded_across
having count(*) > 0 and max(case when coverage = 'jd' then 1 else 0 end) = 0

union all

-- a roster that names dropouts and not one cause does not say who left school from poverty
select
    '辍学原因' as feed,
    'education' as sector,
    'enrolments' as entity,
    max(received_on) as received_on
from {{ ref('stg_meta__deliveries') }}
where
    sector = 'education'
    and entity = 'enrolments'
    and (
        select count(*) = 0 or count(pupil.drop_cause) > 0
        from {{ ref('int_education_rows') }} as pupil
        where pupil.person_uid is not null and pupil.status = 'drop'
    )
having count(*) > 0

union all

-- before the first correction was told to anybody, nobody can be late with one
select
    '已推送的更正' as feed,
    'registry' as sector,
    'replies' as entity,
    max(pushed_on) as received_on
from {{ ref('stg_ledger__corrections') }}
having count(*) > 0
