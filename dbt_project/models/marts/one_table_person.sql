-- Grain: one row per register person: the one table.
select
    person.person_uid,
    person.person_key,
    person.household_key,
    person.hh_no,
    person.name,
    person.id_masked,
    person.id_status,
    person.sex,
    person.birth_date,
    person.relation,
    person.area_code,
    substr(person.area_code, 1, 9) as township_code,
    substr(coalesce(person.area_code, '{{ var("county") }}'), 1, 6) as county_code,
    household.status as household_status,
    household.attr as household_attr,
    not person.is_dead as is_alive,
    person.is_insured,
    case person.insurance_verdict
        when 'pass' then 'insured'
        when 'fail' then 'not_insured'
        else person.insurance_verdict
    end as insured_state,
    person.is_insured_exempt,
    person.is_compulsory_age,
    case person.school_verdict
        when 'not_due' then 'not_due'
        when 'unknown' then 'unknown'
        else person.school_status
    end as school_state,
    case
        when person.school_verdict in ('pass', 'fail') then person.is_in_school
    end as is_in_school,
    person.is_dibao,
    household.water_ok,
    household.housing_ok,
    household.card,
    person.reg_evidence,
    person.is_stale
from {{ ref('int_persons') }} as person
left join {{ ref('int_households') }} as household
    on person.household_key = household.household_key and household.is_register
