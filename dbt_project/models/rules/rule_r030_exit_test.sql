-- Grain: one row per household that left poverty in the year of as_of without passing the exit test.
select
    'R030' as rule_id,
    case
        when exit_check.guarantee_state = 'fail' then 'not_met'
        when exit_check.income_state = 'fail' and exit_check.guarantee_state = 'ok' then 'income_only'
        when exit_check.income_state = 'fail' then 'not_met'
        else 'unknown'
    end as detail,
    case
        when exit_check.exit_state = 'fail' then 'fail'
        when exit_check.exit_state = 'ok' then 'warn'
        else 'unknown'
    end as verdict,
    'household' as subject_type,
    exit_check.household_key as subject_key,
    {{ household_label('exit_check') }} as subject_label,
    exit_check.area_code,
    'registry' as owner,
    '脱贫时各项条件全部达标' as expected,
    coalesce('未达标:' || exit_check.failed_flags || ';', '') || coalesce('不明:' || exit_check.unknown_flags, '')
        as actual,
    exit_check.readings as difference,
    'text' as value_class,
    exit_check.evidence,
    exit_check.reg_evidence as counter_evidence
from {{ ref('int_exit_checks') }} as exit_check
where
    exit_check.status in ('out_policy', 'out_no_policy', 'out_unknown')
    and exit_check.exit_year = {{ year_of(as_of()) }}
    and exit_check.strict_state <> 'ok'
