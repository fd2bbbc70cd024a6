-- Grain: one row per key that names a register person: their own, and those of rows that officers joined to it.
with own as (
    select
        person_uid,
        coalesce(person_key, 'R' || row_key) as register_key
    from {{ ref('int_register_person_rows') }}
),

joined as (
    select
        own.register_key,
        min(own.person_uid) as person_uid
    from own
    left join {{ ref('int_register_persons') }} as person
        on own.register_key = person.person_uid
    where person.person_uid is null
    group by own.register_key
    having count(distinct own.person_uid) = 1
)

select
    person_uid as register_key,
    person_uid,
    household_key
from {{ ref('int_register_persons') }}

union all

select
    joined.register_key,
    joined.person_uid,
    person.household_key
from joined
inner join {{ ref('int_register_persons') }} as person
    on joined.person_uid = person.person_uid
