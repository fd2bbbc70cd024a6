-- Grain: one row per register person found on the school roster of the latest term.
with school_rows as (
    select
        person_uid,
        status,
        stage,
        drop_cause,
        placed_on,
        row_key,
        {{ evidence('education') }} as evidence,
        coalesce(status in ('in', 'home', 'leave', 'grad', 'exempt', 'defer', 'unfit', 'abroad'), false) as is_passing,
        coalesce(status in ('drop', 'suspect', 'never'), false) as is_failing
    from {{ ref('int_education_rows') }} as education
    where person_uid is not null
),

facts as (
    select
        person_uid,
        max(case when is_passing then 1 else 0 end) = 1 as is_passing,
        max(case when is_failing then 1 else 0 end) = 1 as is_failing,
        max(case when status in ('in', 'home', 'leave', 'grad') then 1 else 0 end) = 1 as is_in_school,
        max(case when status in ('exempt', 'defer', 'unfit', 'abroad') then 1 else 0 end) = 1 as is_excused,
        max(case when status = 'drop' then 1 else 0 end) = 1 as is_dropout,
        max(case when status = 'drop' and drop_cause = 'poor' then 1 else 0 end) = 1 as is_dropout_from_poverty,
        max(case when status = 'drop' then 1 else 0 end) = 1
        and max(case when status = 'drop' then drop_cause end) is null as is_dropout_unexplained,
        max(case when status = 'home' then 1 else 0 end) = 1 as is_taught_at_home,
        max(case when stage = 'voc' and status = 'grad' then 1 else 0 end) = 1 as is_vocational_graduate,
        max(case when placed_on <= {{ as_of() }} then 1 else 0 end) = 1 as is_placed,
        max(case when status = 'dead' then 1 else 0 end) = 1 as is_dead,
        min(case when status = 'dead' then evidence end) as dead_evidence
    from school_rows
    group by person_uid
),

shown as (
    select
        person_uid,
        status,
        drop_cause,
        evidence,
        row_number() over (
            partition by person_uid
            order by
                case when is_passing then 0 when is_failing then 1 else 2 end asc,
                case status when 'drop' then 0 when 'suspect' then 1 else 2 end asc,
                row_key asc, evidence asc
        ) as preference
    from school_rows
)

select
    facts.person_uid,
    facts.is_passing,
    facts.is_failing,
    facts.is_in_school,
    facts.is_excused,
    facts.is_dropout,
    facts.is_dropout_from_poverty,
    facts.is_dropout_unexplained,
    facts.is_taught_at_home,
    facts.is_vocational_graduate,
    facts.is_placed,
    facts.is_dead,
    shown.status,
    shown.drop_cause,
    shown.evidence,
    facts.dead_evidence
from facts
inner join shown
    on facts.person_uid = shown.person_uid
where shown.preference = 1
