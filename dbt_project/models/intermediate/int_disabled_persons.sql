-- Grain: one row per living register person who holds a disability certificate or is registered as disabled.
with holders as (
    select
        disability.*,
        {{ evidence('disability') }} as evidence,
        row_number() over (partition by disability.person_uid order by disability.row_key asc) as preference
    from {{ ref('int_disability_rows') }} as disability
    where disability.person_uid is not null
)

select
    person.person_uid,
    person.name,
    person.hh_no,
    person.household_key,
    person.area_code,
    person.birth_date,
    person.is_dibao,
    person.reg_evidence,
    {{ list_has('person.health', "'04'") }} as is_marked,
    holders.person_uid is not null as has_certificate,
    holders.level,
    case when holders.is_in_force then holders.living_amt end as living_amt,
    case when holders.is_in_force then holders.care_amt end as care_amt,
    holders.low_kind,
    holders.med_gov,
    holders.pension_gov,
    holders.evidence
from {{ ref('int_persons') }} as person
left join holders
    on person.person_uid = holders.person_uid and holders.preference = 1
where
    not person.is_dead
    and (holders.person_uid is not null or {{ list_has('person.health', "'04'") }})
