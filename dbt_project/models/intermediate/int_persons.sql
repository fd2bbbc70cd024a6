-- Grain: one row per register person, with the facts of every sector; NULL where a sector does not say.
with persons as (
    select
        person.*,
        {{ policy('compulsory_age_min', 'person.area_code') }} as age_min,
        {{ policy('compulsory_age_max', 'person.area_code') }} as age_max,
        {{ policy('compulsory_age_cutoff', 'person.area_code', 'text') }} as cutoff
    from {{ ref('int_register_persons') }} as person
),

aged as (
    select
        *,
        {{ year_of(as_of()) }}
        - case when cutoff > {{ month_day(as_of()) }} then 1 else 0 end
        - {{ year_of('birth_date') }}
        - case when {{ month_day('birth_date') }} > cutoff then 1 else 0 end as age_on_cutoff
    from persons
),

-- the list of certificate holders says of some that they have died
dead_holders as (
    select
        person_uid,
        min({{ evidence('disability') }}) as dead_evidence
    from {{ ref('int_disability_rows') }} as disability
    where person_uid is not null and is_dead
    group by person_uid
),

joined as (
    select
        aged.person_uid,
        aged.person_key,
        aged.household_key,
        aged.hh_no,
        aged.area_code,
        aged.name,
        aged.name_norm,
        aged.id_masked,
        aged.id_status,
        aged.sex,
        aged.birth_date,
        aged.relation,
        aged.in_school as register_school,
        aged.health,
        aged.identified_on,
        aged.ins_basic,
        aged.is_stale,
        aged.row_count,
        aged.reg_evidence,
        insurance.ins_state,
        insurance.is_insured,
        insurance.is_employee_insured,
        insurance.is_special_insured,
        insurance.has_unpaid_row,
        insurance.evidence as insurance_evidence,
        insurance.employee_evidence,
        school.status as school_status,
        school.drop_cause,
        school.is_passing as is_school_passing,
        school.is_failing as is_school_failing,
        school.is_in_school,
        school.is_excused,
        school.is_dropout,
        school.is_dropout_from_poverty,
        school.is_dropout_unexplained,
        school.is_taught_at_home,
        coalesce(school.is_vocational_graduate, false) as is_vocational_graduate,
        coalesce(school.is_placed, false) as is_placed,
        school.evidence as school_evidence,
        dibao.evidence as dibao_evidence,
        dibao.rural_evidence as dibao_rural_evidence,
        coalesce(insurance.dead_evidence, school.dead_evidence, dead_holders.dead_evidence) as dead_evidence,
        coalesce(aged.age_on_cutoff between aged.age_min and aged.age_max, false) as is_compulsory_age,
        insurance.person_uid is not null as has_insurance_row,
        coalesce(insurance.is_exempt, false) as is_insured_exempt,
        coalesce(insurance.is_dead, false)
        or coalesce(school.is_dead, false)
        or dead_holders.person_uid is not null as is_dead,
        dibao.person_uid is not null as is_dibao
    from aged
    left join {{ ref('int_insurance_facts') }} as insurance
        on aged.person_uid = insurance.person_uid
    left join {{ ref('int_school_facts') }} as school
        on aged.person_uid = school.person_uid
    left join {{ ref('int_dibao_facts') }} as dibao
        on aged.person_uid = dibao.person_uid
    left join dead_holders
        on aged.person_uid = dead_holders.person_uid
)

select
    *,
    case
        when is_dead then 'dead'
        when is_insured_exempt then 'exempt'
        when is_insured then 'pass'
        when not has_insurance_row then 'unknown'
        else 'fail'
    end as insurance_verdict,
    case
        when is_dead or not is_compulsory_age then 'not_due'
        when is_school_passing then 'pass'
        when is_school_failing then 'fail'
        else 'unknown'
    end as school_verdict
from joined
