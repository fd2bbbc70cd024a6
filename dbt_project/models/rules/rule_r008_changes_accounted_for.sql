-- Grain: one row per register household that vanished since the last snapshot, or fell back without a record of it.
select
    'R008' as rule_id,
    case when household.hh_no is null then 'vanished' else 'poor_again' end as detail,
    case when household.hh_no is null then 'warn' else 'fail' end as verdict,
    'record' as subject_type,
    {{ evidence('before') }} as subject_key,
    {{ household_label('before') }} as subject_label,
    before.village_code as area_code,
    'registry' as owner,
    case
        when household.hh_no is null then '整户减少有说明'
        else '已脱贫户再次贫困登记为返贫或回退'
    end as expected,
    case
        when household.hh_no is null then cast(before.received_on as varchar) || '的名册中有此户,现名册中没有'
        else '由已脱贫改为未脱贫'
    end as actual,
    null as difference,
    'text' as value_class,
    {{ evidence('before') }} as evidence,
    household.reg_evidence as counter_evidence
from {{ ref('stg_registry__households_before') }} as before
left join {{ ref('int_register_households') }} as household
    on before.hh_no = household.hh_no
where
    household.hh_no is null
    or (
        before.status in ('out_policy', 'out_no_policy', 'out_unknown')
        and household.status in ('not_out', 'planned')
    )
