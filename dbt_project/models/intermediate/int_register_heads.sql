-- Grain: one row per identity that heads a register household.
with heads as (
    select
        head_key,
        household_key,
        1 as preference
    from {{ ref('int_register_households') }}
    where head_key is not null

    union all

    select
        person.person_key as head_key,
        household.household_key,
        2 as preference
    from {{ ref('int_register_person_rows') }} as person
    inner join {{ ref('int_register_households') }} as household
        on person.household_key = household.household_key
    where person.person_key is not null and person.relation = '01'
),

ordered as (
    select
        *,
        row_number() over (partition by head_key order by preference asc, household_key asc) as choice
    from heads
)

select
    head_key,
    household_key
from ordered
where choice = 1
