-- Grain: one row per register person with a disease under contract service who is visited too seldom.
with patients as (
    select
        *,
        {{ policy('chronic_visits_per_year', 'patient.area_code') }} as visits_a_year,
        least(year_end, {{ as_of() }}) as until_day,
        case when is_prorated and registered_on > year_start then registered_on else year_start end as start_day
    from {{ ref('int_chronic_patients') }} as patient
    where is_watched
),

-- who came under care during the year owes a share for each month begun; on the way, for each month completed
counted as (
    select
        *,
        {{ add_days('until_day', '1') }} as next_day,
        cast(ceil(visits_a_year * (13 - extract(month from start_day)) / 12) as integer) as visits_due
    from patients
    where visits_a_year is not null
),

timed as (
    select
        *,
        greatest(
            ({{ year_of('next_day') }} - {{ year_of('start_day') }}) * 12
            + extract(month from next_day) - extract(month from start_day)
            - case when extract(day from next_day) < extract(day from start_day) then 1 else 0 end,
            0
        ) as months_done
    from counted
),

compared as (
    select
        *,
        case
            when until_day = year_end then visits_due
            else cast(floor(visits_a_year * months_done / 12) as integer)
        end as visits_by_now
    from timed
),

findings as (
    select
        *,
        case
            when visit_count >= visits_by_now then null
            when registered_on is null and is_prorated then 'registration_unknown'
            when until_day = year_end then 'short'
            else 'behind'
        end as detail
    from compared
)

select
    'R090' as rule_id,
    detail,
    case detail when 'short' then 'fail' when 'behind' then 'warn' else 'unknown' end as verdict,
    'person' as subject_type,
    person_uid as subject_key,
    {{ person_label('findings') }} as subject_label,
    area_code,
    'medical' as owner,
    '全年随访不少于' || cast(visits_due as varchar) || '次,到' || cast(until_day as varchar) || '不少于'
    || cast(visits_by_now as varchar) || '次' as expected,
    '已随访' || cast(visit_count as varchar) || '次' || case when registered_on is null then ',未报纳入管理日期' else '' end
        as actual,
    '少' || cast(visits_by_now - visit_count as varchar) || '次' as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from findings
where detail is not null
