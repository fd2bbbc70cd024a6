-- Grain: one row per register person who is enrolled for the year and has not paid.
with unpaid as (
    select
        person.*,
        {{ policy('unpaid_deadline', 'person.area_code', 'date') }} as deadline
    from {{ ref('int_persons') }} as person
    where person.insurance_verdict = 'fail' and person.has_unpaid_row
)

select
    'R080' as rule_id,
    '' as detail,
    case when {{ as_of() }} <= deadline then 'warn' else 'fail' end as verdict,
    'person' as subject_type,
    person_uid as subject_key,
    {{ person_label('unpaid') }} as subject_label,
    area_code,
    'medical' as owner,
    '参合人员全部缴费' as expected,
    '参合未缴费' as actual,
    '期限' || cast(deadline as varchar) as difference,
    'text' as value_class,
    insurance_evidence as evidence,
    reg_evidence as counter_evidence
from unpaid
