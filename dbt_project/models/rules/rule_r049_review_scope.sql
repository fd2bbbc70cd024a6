-- Grain: one row per destitute person of the review's scope who stands in no household that could have a card.
select
    'R049' as rule_id,
    case when tekun.has_namesake or tekun.id_status <> 'valid' then 'tekun_unclear' else 'tekun_unlisted' end as detail,
    case when tekun.has_namesake or tekun.id_status <> 'valid' then 'unknown' else 'fail' end as verdict,
    'record' as subject_type,
    {{ evidence('tekun') }} as subject_key,
    {{ masked_name('tekun.name') }} as subject_label,
    tekun.village_code as area_code,
    'registry' as owner,
    '建档立卡户、档外边缘户、五保户全部纳入“回头看”' as expected,
    case
        when tekun.has_namesake or tekun.id_status <> 'valid' then '特困供养名册中有此人,号码对应不上建档立卡系统'
        else '特困供养名册中有此人,不在建档立卡系统,未分卡'
    end as actual,
    null as difference,
    'text' as value_class,
    {{ evidence('tekun') }} as evidence,
    null as counter_evidence
from {{ ref('int_tekun_rows') }} as tekun
where
    tekun.is_in_force
    and tekun.person_uid is null
    and not exists (
        select 1
        from {{ ref('int_edge_members') }} as member
        inner join {{ ref('int_households') }} as household
            on member.household_key = household.household_key
        where member.person_key = tekun.person_key and household.card is not null
    )
