-- Grain: one row per stay of a register person in the county whose reimbursement is too low or cannot be told.
with judged as (
    select
        claim.*,
        {{ policy('inpatient_reimb_in_county', 'claim.area_code') }} as ratio_min,
        {{ policy('inpatient_reimb_in_county', 'claim.area_code', 'from') }} as in_force_from,
        {{ policy('reimb_basis', 'claim.area_code', 'text') }} = 'eligible' as is_eligible_basis,
        coalesce({{ policy('reimb_grain', 'claim.area_code', 'text') }}, 'case') as grain
    from {{ ref('int_claims') }} as claim
    where coalesce(claim.is_in_county, true) and coalesce(claim.designated, true)
),

based as (
    select
        *,
        case when grain = 'person_year' then year_paid else layers_paid end as paid_amount,
        case
            when grain = 'person_year' and is_eligible_basis then year_in_scope
            when grain = 'person_year' then year_total
            when is_eligible_basis then in_scope
            else total
        end as base_amount
    from judged
    -- judged over all stays together, no single stay is at fault: the number reimb_in_rate answers
    where grain <> 'aggregate'
),

findings as (
    select
        *,
        case
            when is_in_county is null then 'place_unknown'
            when paid_amount is null or coalesce(base_amount, 0) <= 0 then 'amount_unknown'
            when paid_amount >= ratio_min * base_amount then null
            when layers_unreported > 0 then 'layers_unknown'
            else 'below'
        end as detail
    from based
    where ratio_min is not null and (in_force_from is null or discharge_on >= in_force_from)
)

select
    'R083' as rule_id,
    detail,
    case when detail = 'below' then 'fail' else 'unknown' end as verdict,
    'case' as subject_type,
    row_key as subject_key,
    {{ person_label('findings') }} || cast(discharge_on as varchar) || '出院' as subject_label,
    area_code,
    'medical' as owner,
    '县域内住院综合保障报销比例不低于' || cast(cast(ratio_min as decimal(9, 2)) as varchar) as expected,
    case detail
        when 'place_unknown' then '未报就医地点'
        when 'amount_unknown' then '费用或报销金额不明'
        else
            '费用' || coalesce(cast(base_amount as varchar), '不明') || '元,已报销' || cast(paid_amount as varchar) || '元'
            || case when layers_unreported > 0 then ',另有未报的保障层' else '' end
    end as actual,
    ratios as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from findings
where detail is not null
