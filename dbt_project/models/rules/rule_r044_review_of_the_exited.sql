-- Grain: one row per household out of poverty under policy whose review has no result yet, with what is missing.
with scoped as (
    select
        exit_check.*,
        case
            when exit_check.exit_year is null then 'exit_year_missing'
            when exit_check.status = 'out_unknown' then 'policy_unknown'
            when exit_check.review_outcome in ('unknown', 'undecided') then exit_check.review_outcome
        end as detail
    from {{ ref('int_exit_checks') }} as exit_check
    where
        exit_check.status in ('out_policy', 'out_unknown')
        and coalesce(exit_check.exit_year >= {{ policy('review_exit_year_from', 'exit_check.area_code') }}, true)
)

select
    'R044' as rule_id,
    detail,
    case when detail = 'undecided' then 'fail' else 'unknown' end as verdict,
    'household' as subject_type,
    household_key as subject_key,
    {{ household_label('scoped') }} as subject_label,
    area_code,
    'registry' as owner,
    '有核查结论:稳定、回退或返贫' as expected,
    case detail
        when 'exit_year_missing' then '脱贫年度未填'
        when 'policy_unknown' then '未注明是否享受政策'
        when 'unknown' then '不明:' || coalesce(unknown_flags, '')
        else '未达标:' || coalesce(failed_flags, '') || ',回退或返贫待定'
    end as actual,
    readings as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from scoped
where detail is not null
