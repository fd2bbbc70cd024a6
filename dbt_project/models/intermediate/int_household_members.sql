-- Grain: one row per register household with members: what its members' facts mean for the household.
select
    member_row.household_key,
    count(*) as listed_members,
    max(case when person.is_dibao then 1 else 0 end) = 1 as has_dibao,
    max(case when person.dibao_rural_evidence is not null then 1 else 0 end) = 1 as has_rural_dibao,
    max(case when not person.is_dead and person.dibao_rural_evidence is null then 1 else 0 end) = 1
        as has_member_without_dibao,
    min(person.dibao_evidence) as dibao_evidence,
    min(person.dibao_rural_evidence) as dibao_rural_evidence,
    max(
        case
            when person.insurance_verdict in ('fail', 'unknown') or person.school_verdict in ('fail', 'unknown') then 1
            else 0
        end
    ) = 1 as has_open_person_guarantee,
    case
        when max(case when person.insurance_verdict = 'fail' then 1 else 0 end) = 1 then false
        when max(case when person.insurance_verdict = 'unknown' then 1 else 0 end) = 0 then true
    end as insurance_ok,
    case
        when max(case when person.school_verdict = 'fail' then 1 else 0 end) = 1 then false
        when max(case when person.school_verdict = 'unknown' then 1 else 0 end) = 0 then true
    end as schooling_ok
from {{ ref('int_register_person_rows') }} as member_row
inner join {{ ref('int_persons') }} as person
    on member_row.person_uid = person.person_uid
group by member_row.household_key
