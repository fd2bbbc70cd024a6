-- Grain: one row per stay of a register person and signal: overlap, after death, back too soon, dear for its diagnosis.
{%- set stayed -%}
cast(admitted_on as varchar) || '至' || cast(discharge_on as varchar) || '在' || coalesce(hospital, '') || '住院'
{%- endset %}
with overlapping as (
    select
        later.*,
        '同时' || cast(earlier.admitted_on as varchar) || '至' || cast(earlier.discharge_on as varchar) || '在'
        || coalesce(earlier.hospital, '') || '住院' as difference,
        earlier.evidence as counter_evidence,
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
        '名册在' || cast(coalesce(delivery.as_of, delivery.received_on) as varchar) || '已载明死亡' as difference,
        person.dead_evidence as counter_evidence
    from {{ ref('int_claims') }} as claim
    inner join {{ ref('int_persons') }} as person
        on claim.person_uid = person.person_uid
    inner join {{ ref('stg_meta__deliveries') }} as delivery
        on {{ text_before('person.dead_evidence', '#') }} = delivery.submission_id
    where person.is_dead and claim.admitted_on > coalesce(delivery.as_of, delivery.received_on)
),

-- the last stay that had ended before this one began
returned as (
    select
        later.*,
        {{ policy('readmission_days', 'later.area_code') }} as least_days,
        {{ days_between('earlier.discharge_on', 'later.admitted_on') }} as days_away,
        cast(earlier.discharge_on as varchar) || '自' || coalesce(earlier.hospital, '') || '出院' as difference,
        earlier.evidence as counter_evidence,
        row_number() over (
            partition by later.row_key order by earlier.discharge_on desc, earlier.row_key asc
        ) as preference
    from {{ ref('int_claims') }} as later
    inner join {{ ref('int_claims') }} as earlier
        on
            later.person_uid = earlier.person_uid
            and later.row_key <> earlier.row_key
            and later.admitted_on >= earlier.discharge_on
    where not (later.hospital = earlier.hospital and later.admitted_on = earlier.admitted_on)
),

-- costs are compared among stays of one diagnosis that ended in one year in one county
comparable as (
    select
        *,
        coalesce(substr(area_code, 1, 6), '{{ var("county") }}') as county_code,
        {{ year_of('discharge_on') }} as discharge_year
    from {{ ref('int_claims') }}
    where diagnosis is not null and total > 0
),

usual as (
    select
        diagnosis,
        county_code,
        discharge_year,
        count(*) as stays,
        cast(median(total) as decimal(14, 2)) as cost
    from comparable
    group by diagnosis, county_code, discharge_year
),

dear as (
    select
        claim.*,
        usual.stays,
        usual.cost as usual_cost,
        {{ policy('cost_outlier_min_stays', 'claim.area_code') }} as least_stays,
        {{ policy('cost_outlier_multiple', 'claim.area_code') }} as multiple
    from comparable as claim
    inner join usual
        on
            claim.diagnosis = usual.diagnosis
            and claim.county_code = usual.county_code
            and claim.discharge_year = usual.discharge_year
),

signals as (
    select
        row_key,
        'overlap' as detail,
        'warn' as verdict,
        '同一时段只在一处住院' as expected,
        {{ stayed }} as actual,
        difference,
        counter_evidence
    from overlapping
    where preference = 1

    union all

    select
        row_key,
        'after_death' as detail,
        'fail' as verdict,
        '死亡后无住院' as expected,
        cast(admitted_on as varchar) || '入院' as actual,
        difference,
        counter_evidence
    from after_death

    union all

    select
        row_key,
        'readmitted' as detail,
        'warn' as verdict,
        '距上次出院满' || cast(cast(least_days as integer) as varchar) || '天' as expected,
        {{ stayed }} as actual,
        '隔' || cast(days_away as varchar) || '天,' || difference as difference,
        counter_evidence
    from returned
    where preference = 1 and days_away < least_days

    union all

    select
        row_key,
        'cost_outlier' as detail,
        'warn' as verdict,
        '不超过同诊断中位费用' || cast(usual_cost as varchar) || '元的'
        || cast(cast(multiple as decimal(8, 2)) as varchar) || '倍' as expected,
        '总费用' || cast(total as varchar) || '元' as actual,
        '同诊断' || cast(stays as varchar) || '次住院,为中位费用的'
        || cast(cast({{ ratio('total', 'usual_cost') }} as decimal(8, 2)) as varchar) || '倍' as difference,
        null as counter_evidence
    from dear
    where stays >= least_stays and total > usual_cost * multiple
)

select
    'R094' as rule_id,
    signals.detail,
    signals.verdict,
    'case' as subject_type,
    signals.row_key as subject_key,
    {{ person_label('claim') }} || cast(claim.discharge_on as varchar) || '出院' as subject_label,
    claim.area_code,
    'medical' as owner,
    signals.expected,
    signals.actual,
    signals.difference,
    'text' as value_class,
    claim.evidence,
    signals.counter_evidence
from signals
inner join {{ ref('int_claims') }} as claim
    on signals.row_key = claim.row_key
