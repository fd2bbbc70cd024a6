-- A mismatch about a person is about somebody of the one table; R104 alone also names households outside the register.
select mismatch_id
from {{ ref('mismatches') }}
where
    subject_type = 'person'
    and subject_key not in (
        select person.person_uid
        from {{ ref('one_table_person') }} as person
    )

union all

select mismatch_id
from {{ ref('mismatches') }}
where
    subject_type = 'household'
    and rule_id <> 'R104'
    and subject_key not in (
        select household.household_key
        from {{ ref('one_table_household') }} as household
    )
