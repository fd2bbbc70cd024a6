-- Grain: one row per pupil or payment and way in which aid that is due was not paid, not in full, twice, or to others.
with paid as (
    select
        aid.person_uid,
        aid.programme,
        aid.term,
        sum(aid.paid_amt) as paid_amt,
        max(aid.due_amt) as due_amt,
        count(distinct aid.school) as school_count,
        min({{ evidence('aid') }}) as evidence
    from {{ ref('int_aid_rows') }} as aid
    where aid.person_uid is not null
    group by aid.person_uid, aid.programme, aid.term
),

findings as (
    select
        'not_paid' as detail,
        pupil.person_uid,
        '中高职在读学生享受中职助学金或雨露计划' as expected,
        '无资助记录' as actual,
        pupil.evidence
    from {{ ref('int_pupils') }} as pupil
    where
        {{ list_has(policy('vocational_aid_stages', 'pupil.area_code', 'text'), 'pupil.stage') }}
        and not pupil.has_vocational_aid

    union all

    select
        case when coalesce(paid_amt, 0) < due_amt then 'short' else 'paid_twice' end as detail,
        person_uid,
        case when coalesce(paid_amt, 0) < due_amt then '应发' || cast(due_amt as varchar) || '元' else '一人一项一学期只发一次' end
            as expected,
        case
            when coalesce(paid_amt, 0) < due_amt then '已发' || cast(coalesce(paid_amt, 0) as varchar) || '元'
            else cast(school_count as varchar) || '所学校各发一次'
        end as actual,
        evidence
    from paid
    where coalesce(paid_amt, 0) < due_amt or school_count > 1
),

{{ first_of_each_person('R125', "'education'") }}

union all

select
    'R125' as rule_id,
    'not_eligible' as detail,
    'fail' as verdict,
    'record' as subject_type,
    {{ evidence('aid') }} as subject_key,
    {{ masked_name('aid.name') }} as subject_label,
    aid.village_code as area_code,
    'education' as owner,
    '按建档立卡资助的学生在系统内' as expected,
    '建档立卡系统内未找到' as actual,
    null as difference,
    'text' as value_class,
    {{ evidence('aid') }} as evidence,
    null as counter_evidence
from {{ ref('int_aid_rows') }} as aid
where aid.person_uid is null and aid.paid_amt > 0 and {{ list_has('aid.person_class', "'jd'") }}
