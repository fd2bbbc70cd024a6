-- Grain: one row per stay of a register person outside the county: paid too little, not referred, or not to be told.
with judged as (
    select
        claim.*,
        {{ policy('inpatient_reimb_out_referred', 'claim.area_code') }} as ratio_min,
        {{ policy('inpatient_reimb_out_referred', 'claim.area_code', 'from') }} as in_force_from,
        coalesce({{ policy('reimb_grain', 'claim.area_code', 'text') }}, 'case') as grain
    from {{ ref('int_claims') }} as claim
    where not coalesce(claim.is_in_county, false)
),

based as (
    select
        *,
        case when grain = 'person_year' then year_paid else layers_paid end as paid_amount,
        case when grain = 'person_year' then year_total else total end as base_amount
    from judged
    where grain <> 'aggregate'
),

findings as (
    select
        *,
        case
            when is_in_county is null then 'place_unknown'
            when referred is null then 'referral_unknown'
            when not referred then 'not_referred'
            when paid_amount is null or coalesce(base_amount, 0) <= 0 then 'amount_unknown'
            when paid_amount >= ratio_min * base_amount then null
            when layers_unreported > 0 then 'layers_unknown'
            else 'below'
        end as detail
    from based
    where ratio_min is not null and (in_force_from is null or discharge_on >= in_force_from)
)

select
    'R084' as rule_id,
    detail,
    case detail when 'below' then 'fail' when 'not_referred' then 'warn' else 'unknown' end as verdict,
    'case' as subject_type,
    row_key as subject_key,
    {{ person_label('findings') }} || cast(discharge_on as varchar) || '出院' as subject_label,
    area_code,
    'medical' as owner,
    '经转诊县域外住院实际报销比例不低于' || cast(cast(ratio_min as decimal(9, 2)) as varchar) as expected,
    case detail
        when 'place_unknown' then '未报就医地点'
        when 'referral_unknown' then '未报是否转诊'
        when 'not_referred' then '未经转诊,不计入比例'
        when 'amount_unknown' then '费用或报销金额不明'
        else
            '总费用' || cast(base_amount as varchar) || '元,已报销' || cast(paid_amount as varchar) || '元'
            || case when layers_unreported > 0 then ',另有未报的保障层' else '' end
    end as actual,
    ratios as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from findings
where detail is not null
