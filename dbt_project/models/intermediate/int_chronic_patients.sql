-- Grain: one row per living register person whom the chronic disease list or the register calls chronically ill.
with watched as (
    select
        chronic.*,
        {{ evidence('chronic') }} as evidence,
        {{ list_has(policy('chronic_diseases', 'person.area_code', 'text'), 'chronic.disease') }} as is_watched,
        {{ policy('visit_counts_per_disease', 'person.area_code', 'text') }} = 'true' as is_counted_by_disease,
        {{ policy('visit_prorata', 'person.area_code', 'text') }} = 'true' as is_prorated
    from {{ ref('int_chronic_rows') }} as chronic
    inner join {{ ref('int_persons') }} as person
        on chronic.person_uid = person.person_uid
),

by_disease as (
    select
        person_uid,
        disease,
        count(distinct case
            when visit_on between year_start and year_end and visit_on <= {{ as_of() }} then visit_on
        end) as visit_count
    from watched
    where is_watched
    group by person_uid, disease
),

fewest as (
    select
        person_uid,
        min(visit_count) as visit_count
    from by_disease
    group by person_uid
),

-- one visit serves the person, whatever the number of diseases, unless policy counts by disease (Q11)
listed as (
    select
        person_uid,
        max(year_start) as year_start,
        max(year_end) as year_end,
        max(case when is_counted_by_disease then 1 else 0 end) = 1 as is_counted_by_disease,
        max(case when is_prorated then 1 else 0 end) = 1 as is_prorated,
        max(case when is_watched then 1 else 0 end) = 1 as is_watched,
        min(case when is_watched then registered_on end) as registered_on,
        max(contract_from) as contract_from,
        max(case
            when contract_from <= {{ as_of() }} and coalesce(contract_to, year_end) >= {{ as_of() }} then 1
            else 0
        end) = 1 as is_contracted,
        max(case when contract_from <= {{ as_of() }} then 1 else 0 end) = 1 as was_contracted,
        max(case when contract_from is null and doctor is not null then 1 else 0 end) = 1 as is_contract_undated,
        count(distinct case
            when visit_on between year_start and year_end and visit_on <= {{ as_of() }} then visit_on
        end) as visit_count,
        max(case when checkup_on <= {{ as_of() }} then checkup_on end) as last_checkup_on,
        min(evidence) as evidence
    from watched
    group by person_uid
)

select
    person.person_uid,
    person.name,
    person.hh_no,
    person.area_code,
    person.reg_evidence,
    listed.person_uid is not null as is_listed,
    listed.year_start,
    listed.year_end,
    coalesce(listed.is_watched, false) as is_watched,
    listed.registered_on,
    listed.contract_from,
    coalesce(listed.is_contracted, false) as is_contracted,
    coalesce(listed.was_contracted, false) as was_contracted,
    coalesce(listed.is_contract_undated, false) as is_contract_undated,
    coalesce(listed.is_prorated, true) as is_prorated,
    case when listed.is_counted_by_disease then fewest.visit_count else listed.visit_count end as visit_count,
    listed.last_checkup_on,
    listed.evidence
from {{ ref('int_persons') }} as person
left join listed
    on person.person_uid = listed.person_uid
left join fewest
    on person.person_uid = fewest.person_uid
where
    not person.is_dead
    and (listed.person_uid is not null or {{ list_has('person.health', "'02'") }})
