-- Grain: one row per register household whose attribute and allowance disagree.
with findings as (
    select
        household.*,
        case
            when household.attr = 'dibao' and not household.has_dibao then 'attr_without_dibao'
            when household.attr <> 'dibao' and household.has_rural_dibao then 'dibao_without_attr'
        end as detail
    from {{ ref('int_households') }} as household
    where household.is_register
)

select
    'R146' as rule_id,
    detail,
    'fail' as verdict,
    'household' as subject_type,
    household_key as subject_key,
    {{ household_label('findings') }} as subject_label,
    area_code,
    'civil_affairs' as owner,
    '户属性:' || {{ word_of('CL-ATTR', 'findings.attr') }} as expected,
    case when detail = 'attr_without_dibao' then '本月低保名册中无该户成员' else '本月低保名册中有该户成员' end as actual,
    null as difference,
    'text' as value_class,
    coalesce(dibao_rural_evidence, reg_evidence) as evidence,
    reg_evidence as counter_evidence
from findings
where detail is not null
