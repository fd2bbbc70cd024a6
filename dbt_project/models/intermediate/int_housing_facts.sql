-- Grain: one row per household that any housing list names: its current dwelling and whether that is safe.
{%- set dwelling = [
    'household_key', 'is_linked', 'village_code', 'head_name', 'subject_class', 'suspect', 'grade', 'appraised_on',
    'safe_by', 'certified',
] %}
with appraised_often as (
    select household_key
    from {{ ref('int_appraisal_rows') }}
    group by household_key
    having count(*) > 1
),

dwellings as (
    select
        appraisal.*,
        row_number() over (
            partition by appraisal.household_key
            order by
                case when coalesce(appraisal.lived_in, true) then 0 else 1 end asc,
                appraisal.appraised_on desc nulls last,
                coalesce(appraisal.house_no, '1') asc,
                appraisal.row_key asc, appraisal.submission_id asc, appraisal.row_no asc
        ) as preference
    from {{ ref('int_appraisal_rows') }} as appraisal
    inner join appraised_often
        on appraisal.household_key = appraised_often.household_key
),

-- most households are appraised once: only the others are put in order
current_dwellings as (
    select
        {{ dwelling | join(', ') }},
        {{ evidence('appraisal') }} as evidence
    from {{ ref('int_appraisal_rows') }} as appraisal
    where
        not exists (
            select 1
            from appraised_often
            where appraised_often.household_key = appraisal.household_key
        )

    union all

    select
        {{ dwelling | join(', ') }},
        {{ evidence('dwellings') }} as evidence
    from dwellings
    where preference = 1
),

retrofits as (
    select
        household_key,
        max(case when done_on <= {{ as_of() }} then done_on end) as retrofit_done_on,
        max(case when coalesce(done_on > {{ as_of() }}, true) then 1 else 0 end) = 1 as has_open_project,
        max(case when is_linked then 1 else 0 end) = 1 as is_linked,
        min(village_code) as village_code,
        min(evidence) as evidence
    from {{ ref('int_retrofit_projects') }}
    group by household_key
),

joined as (
    select
        coalesce(dwelling.household_key, retrofit.household_key) as household_key,
        coalesce(dwelling.is_linked, retrofit.is_linked) as is_linked,
        coalesce(dwelling.village_code, retrofit.village_code) as village_code,
        dwelling.head_name,
        dwelling.subject_class,
        dwelling.suspect,
        dwelling.grade,
        dwelling.appraised_on,
        dwelling.safe_by,
        dwelling.certified,
        retrofit.retrofit_done_on,
        coalesce(retrofit.has_open_project, false) as has_open_project,
        dwelling.household_key is not null as has_appraisal,
        dwelling.evidence as appraisal_evidence,
        retrofit.evidence as retrofit_evidence
    from current_dwellings as dwelling
    full outer join retrofits as retrofit
        on dwelling.household_key = retrofit.household_key
)

select
    *,
    case
        when grade in ('A', 'B') then true
        when grade in ('C', 'D', 'N') and certified and safe_by is not null and safe_by <> '自有' then true
        when grade in ('C', 'D', 'N') then coalesce(retrofit_done_on >= coalesce(appraised_on, retrofit_done_on), false)
        when retrofit_done_on is not null then true
    end as housing_ok
from joined
