-- Grain: one row per list and subject on it, with the reason and since when the data say so.
with carded as (
    select
        registry.list_id,
        registry.title,
        'household' as subject_type,
        household.household_key as subject_key,
        {{ household_label('household') }} as subject_label,
        household.area_code,
        'registry' as owner,
        coalesce(
            {{ word_of('CARD-REASON', 'household.card_reason') }},
            case when household.npc is not null then '人均纯收入' || cast(household.npc as varchar) || '元' end
        ) as reason,
        household.reg_evidence as evidence,
        case when household.card = 'review' then 'R048' end as rule_id,
        -- a colour says what a household is today; only the review waits for somebody
        case when household.card = 'review' then coalesce(delivery.received_on, {{ as_of() }}) end as since_on
    from {{ ref('int_households') }} as household
    inner join {{ ref('lists') }} as registry
        on household.card = registry.card
    left join {{ ref('stg_meta__deliveries') }} as delivery
        on {{ text_before('household.reg_evidence', '#') }} = delivery.submission_id
),

found as (
    select
        registry.list_id,
        registry.title,
        mismatch.subject_type,
        mismatch.subject_key,
        mismatch.subject_label,
        mismatch.area_code,
        mismatch.owner,
        mismatch.expected || ';' || mismatch.actual as reason,
        mismatch.evidence,
        mismatch.rule_id,
        mismatch.found_on as since_on,
        row_number() over (
            partition by registry.list_id, mismatch.subject_type, mismatch.subject_key
            order by mismatch.found_on asc, mismatch.mismatch_id asc
        ) as preference
    from {{ ref('mismatches') }} as mismatch
    inner join {{ ref('lists') }} as registry
        on
            mismatch.rule_id = registry.rule_id
            and (registry.detail is null or mismatch.detail = registry.detail)
    where mismatch.value_class <> 'name'
),

pupils as (
    select
        'school_ledger' as list_id,
        '贫困学生台账' as title,
        'person' as subject_type,
        pupil.person_uid as subject_key,
        {{ person_label('pupil') }} as subject_label,
        pupil.area_code,
        'education' as owner,
        coalesce({{ word_of('CL-EDUST', 'pupil.status') }}, '未找到')
        || ';就读学校:' || coalesce(pupil.school, '未填')
        || ';年级:' || coalesce(pupil.grade, '未填')
        || ';资助:' || coalesce(cast(pupil.aid_paid as varchar) || '元', '名册未报')
        || ';监护人:' || coalesce({{ masked_name('pupil.guardian_name') }}, '未填') as reason,
        pupil.school_evidence as evidence,
        null as rule_id,
        cast(null as date) as since_on
    from {{ ref('school_ledger') }} as pupil
),

united as (
    select * from carded

    union all

    select
        list_id,
        title,
        subject_type,
        subject_key,
        subject_label,
        area_code,
        owner,
        reason,
        evidence,
        rule_id,
        since_on
    from found
    where preference = 1

    union all

    select * from pupils
)

select
    list_id,
    title,
    subject_type,
    subject_key,
    subject_label,
    area_code,
    owner,
    reason,
    evidence,
    rule_id,
    since_on,
    cast({{ days_between('since_on', as_of()) }} as integer) as age_days
from united
