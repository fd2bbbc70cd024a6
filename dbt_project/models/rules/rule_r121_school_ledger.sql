-- Grain: one row per register person whom two schools claim, or of whom register and school roll say opposite things.
with schools as (
    select
        person_uid,
        count(distinct school) as school_count,
        min({{ evidence('education') }}) as first_evidence,
        max({{ evidence('education') }}) as last_evidence
    from {{ ref('int_education_rows') }} as education
    where person_uid is not null and coalesce(status, 'in') = 'in'
    group by person_uid
)

select
    'R121' as rule_id,
    'two_schools' as detail,
    'fail' as verdict,
    'person' as subject_type,
    person.person_uid as subject_key,
    {{ person_label('person') }} as subject_label,
    person.area_code,
    'education' as owner,
    '一人一校' as expected,
    '同一学期在' || cast(schools.school_count as varchar) || '所学校在学' as actual,
    null as difference,
    'text' as value_class,
    schools.first_evidence as evidence,
    schools.last_evidence as counter_evidence
from schools
inner join {{ ref('int_persons') }} as person
    on schools.person_uid = person.person_uid
where schools.school_count > 1

union all

select
    'R121' as rule_id,
    'register_copy' as detail,
    'fail' as verdict,
    'person' as subject_type,
    person.person_uid as subject_key,
    {{ person_label('person') }} as subject_label,
    person.area_code,
    'registry' as owner,
    '在校生状况与学籍一致' as expected,
    '系统内为非在校生,学籍名册中在学' as actual,
    null as difference,
    'text' as value_class,
    person.reg_evidence as evidence,
    person.school_evidence as counter_evidence
from {{ ref('int_persons') }} as person
where person.school_verdict = 'pass' and person.school_status = 'in' and person.register_school = '01'
