-- Grain: one row per chronically ill register person without a contract in force, or whose contract cannot be told.
with findings as (
    select
        *,
        case
            when is_contracted then null
            when not is_listed then 'not_listed'
            when was_contracted then 'expired'
            when is_contract_undated then 'date_unknown'
            else 'not_contracted'
        end as detail
    from {{ ref('int_chronic_patients') }}
)

select
    'R089' as rule_id,
    detail,
    case when detail in ('not_listed', 'date_unknown') then 'unknown' else 'fail' end as verdict,
    'person' as subject_type,
    person_uid as subject_key,
    {{ person_label('findings') }} as subject_label,
    area_code,
    'medical' as owner,
    '慢病签约服务在有效期内' as expected,
    case detail
        when 'not_listed' then '建档立卡登记为长期慢性病,签约名册中未找到'
        when 'expired' then cast(contract_from as varchar) || '签约,已到期'
        when 'date_unknown' then '有签约医生,未报签约日期'
        else '未签约'
    end as actual,
    null as difference,
    'text' as value_class,
    coalesce(evidence, reg_evidence) as evidence,
    reg_evidence as counter_evidence
from findings
where detail is not null
