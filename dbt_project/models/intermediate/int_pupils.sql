-- Grain: one row per living register person at a school in a stage that is to be supported, with the aid of the term.
with at_school as (
    select
        education.person_uid,
        max(education.stage) as stage,
        max(education.term) as term,
        min({{ evidence('education') }}) as evidence
    from {{ ref('int_education_rows') }} as education
    where education.person_uid is not null and education.status in ('in', 'home')
    group by education.person_uid
),

aided as (
    select
        aid.person_uid,
        aid.term,
        max(case when aid.programme in ('yulu', 'voc') then 1 else 0 end) = 1 as has_vocational_aid,
        max(case when aid.programme = 'disab' then 1 else 0 end) = 1 as has_disability_aid
    from {{ ref('int_aid_rows') }} as aid
    where aid.person_uid is not null and aid.paid_amt > 0 and coalesce(aid.paid_on, {{ as_of() }}) <= {{ as_of() }}
    group by aid.person_uid, aid.term
)

select
    person.person_uid,
    person.name,
    person.hh_no,
    person.area_code,
    person.reg_evidence,
    at_school.stage,
    at_school.term,
    at_school.evidence,
    aided.person_uid is not null as is_aided,
    coalesce(aided.has_vocational_aid, false) as has_vocational_aid,
    coalesce(aided.has_disability_aid, false) as has_disability_aid,
    disabled.person_uid is not null as is_disabled,
    case
        when at_school.stage is not null
            then {{ list_has(policy('aid_stages', 'person.area_code', 'text'), 'at_school.stage') }}
    end as is_supported
from at_school
inner join {{ ref('int_persons') }} as person
    on at_school.person_uid = person.person_uid
left join aided
    on at_school.person_uid = aided.person_uid and at_school.term = aided.term
-- registered as disabled, or the holder of a certificate
left join {{ ref('int_disabled_persons') }} as disabled
    on at_school.person_uid = disabled.person_uid
where not person.is_dead
