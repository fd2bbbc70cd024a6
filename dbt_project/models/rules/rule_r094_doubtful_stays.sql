-- Grain: one row per stay of a register person that overlaps an earlier one or began after a reported death.
with overlapping as (
    select
        later.*,
        earlier.hospital as other_hospital,
        earlier.admitted_on as other_admitted_on,
        earlier.discharge_on as other_discharge_on,
        earlier.evidence as other_evidence,
        row_number() over (
            partition by later.row_key order by earlier.admitted_on asc, earlier.row_key asc
        ) as preference
    from {{ ref('int_claims') }} as later
    inner join {{ ref('int_claims') }} as earlier
        on
            later.person_uid = earlier.person_uid
            and later.admitted_on < earlier.discharge_on
            and later.discharge_on > earlier.admitted_on
            and (
                later.admitted_on > earlier.admitted_on
                or (later.admitted_on = earlier.admitted_on and later.row_key > earlier.row_key)
            )
    -- one stay may be settled in parts
    where not (later.hospital = earlier.hospital and later.admitted_on = earlier.admitted_on)
),

-- a roster says that somebody has died, not when: only what began after the roster's own date is certain
after_death as (
    select
        claim.*,
        person.dead_evidence,
        coalesce(delivery.as_of, delivery.received_on) as dead_by
    from {{ ref('int_claims') }} as claim
    inner join {{ ref('int_persons') }} as person
        on claim.person_uid = person.person_uid
    inner join {{ ref('stg_meta__deliveries') }} as delivery
        on {{ text_before('person.dead_evidence', '#') }} = delivery.submission_id
    where person.is_dead and claim.admitted_on > coalesce(delivery.as_of, delivery.received_on)
)

select
    'R094' as rule_id,
    'overlap' as detail,
    'warn' as verdict,
    'case' as subject_type,
    row_key as subject_key,
    {{ person_label('overlapping') }} || cast(discharge_on as varchar) || '出院' as subject_label,
    area_code,
    'medical' as owner,
    '同一时段只在一处住院' as expected,
    cast(admitted_on as varchar) || '至' || cast(discharge_on as varchar) || '在'
    || coalesce(hospital, '') || '住院' as actual,
    '同时' || cast(other_admitted_on as varchar) || '至' || cast(other_discharge_on as varchar) || '在'
    || coalesce(other_hospital, '') || '住院' as difference,
    'text' as value_class,
    evidence,
    other_evidence as counter_evidence
from overlapping
where preference = 1

union all

select
    'R094' as rule_id,
    'after_death' as detail,
    'fail' as verdict,
    'case' as subject_type,
    row_key as subject_key,
    {{ person_label('after_death') }} || cast(discharge_on as varchar) || '出院' as subject_label,
    area_code,
    'medical' as owner,
    '死亡后无住院' as expected,
    cast(admitted_on as varchar) || '入院' as actual,
    '名册在' || cast(dead_by as varchar) || '已载明死亡' as difference,
    'text' as value_class,
    evidence,
    dead_evidence as counter_evidence
from after_death
