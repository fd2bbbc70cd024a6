-- Grain: one row per living register person who is of compulsory age or whom a school names: the ledger of pupils.
{%- set told = ['school', 'grade', 'guardian_name'] %}
with roll as (
    select
        person_uid,
        school,
        grade,
        guardian_name,
        stage,
        term,
        drop_cause
    from {{ ref('int_education_rows') }}
    where person_uid is not null
),

-- of a pupil whom two schools name every school is told
{%- for column in told %}
{{ column }}s as (
    select
        person_uid,
        {{ joined_text('word', '、', 'word') }} as words
    from (
        select distinct
            person_uid,
            {{ column }} as word
        from roll
        where {{ column }} is not null
    )
    group by person_uid
),
{% endfor %}
enrolled as (
    select
        person_uid,
        max(term) as term,
        max(stage) as stage,
        max(drop_cause) as drop_cause
    from roll
    group by person_uid
),

running as (
    select max(term) as term from roll
),

aided as (
    select
        aid.person_uid,
        aid.term,
        sum(aid.paid_amt) as paid,
        min({{ evidence('aid') }}) as evidence
    from {{ ref('int_aid_rows') }} as aid
    where aid.person_uid is not null and aid.paid_amt > 0 and coalesce(aid.paid_on, {{ as_of() }}) <= {{ as_of() }}
    group by aid.person_uid, aid.term
),

aid_list as (
    select max(feed) as feed
    from {{ ref('int_feeds_received') }}
    where feed = 'education/aid_payments'
)

select
    person.person_uid,
    person.person_key,
    person.household_key,
    person.hh_no,
    person.name,
    person.id_masked,
    person.sex,
    person.birth_date,
    person.area_code,
    person.is_compulsory_age,
    coalesce(enrolled.term, running.term) as term,
    schools.words as school,
    enrolled.stage,
    grades.words as grade,
    person.school_status as status,
    enrolled.drop_cause,
    case when aid_list.feed is not null then cast(coalesce(aided.paid, 0) as decimal(14, 2)) end as aid_paid,
    guardian_names.words as guardian_name,
    person.reg_evidence,
    person.school_evidence,
    aided.evidence as aid_evidence
from {{ ref('int_persons') }} as person
cross join running
cross join aid_list
left join enrolled
    on person.person_uid = enrolled.person_uid
{%- for column in told %}
left join {{ column }}s
    on person.person_uid = {{ column }}s.person_uid
{%- endfor %}
left join aided
    on person.person_uid = aided.person_uid and coalesce(enrolled.term, running.term) = aided.term
where not person.is_dead and (person.is_compulsory_age or person.school_status is not null)
