-- A mismatch about a person is about somebody of the one table; R104 alone also names households outside the register.
select mismatch.mismatch_id
from {{ ref('mismatches') }} as mismatch
left join {{ ref('one_table_person') }} as person
    on mismatch.subject_type = 'person' and mismatch.subject_key = person.person_uid
left join {{ ref('one_table_household') }} as household
    on mismatch.subject_type = 'household' and mismatch.subject_key = household.household_key
where
    (mismatch.subject_type = 'person' and person.person_uid is null)
    or (mismatch.subject_type = 'household' and household.household_key is null and mismatch.rule_id <> 'R104')
