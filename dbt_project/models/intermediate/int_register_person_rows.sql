-- Grain: one row per member row of the register, with the area of the household.
select
    {{ decided_uid('person') }} as person_uid,
    {{ decided_key('person') }} as person_key,
    person.row_key,
    person.hh_no as household_key,
    person.hh_no,
    coalesce(household.area_code, person.village_code) as area_code,
    person.name,
    person.name_norm,
    person.id_masked,
    person.id_status,
    coalesce(person.id_sex, person.sex) as sex,
    coalesce(case when person.id_status = 'valid' then person.id_birth_date end, person.birth) as birth_date,
    person.relation,
    person.in_school,
    person.health,
    person.identified_on,
    person.ins_basic,
    person.is_stale,
    {{ list_has('person.codes', "'W_ID_SEX'") }} as has_other_sex,
    {{ list_has('person.codes', "'W_ID_DOB'") }} as has_other_birth,
    {{ list_has('person.codes', "'W_CONFLICT'") }} as has_conflict,
    {{ evidence('person') }} as reg_evidence
from {{ ref('stg_registry__persons') }} as person
left join {{ ref('int_register_households') }} as household
    on person.hh_no = household.hh_no
{{ register_decisions('person') }}
