-- Grain: one row per household recorded as out of poverty that fails a condition now and is not recorded as poor again.
select
    'R037' as rule_id,
    '' as detail,
    'fail' as verdict,
    'household' as subject_type,
    exit_check.household_key as subject_key,
    {{ household_label('exit_check') }} as subject_label,
    exit_check.area_code,
    'registry' as owner,
    '已脱贫户各项条件达标' as expected,
    coalesce(cast(exit_check.exit_year as varchar) || '年', '') || '脱贫;未达标:'
    || coalesce(exit_check.failed_flags, '') as actual,
    exit_check.readings as difference,
    'text' as value_class,
    exit_check.evidence,
    exit_check.reg_evidence as counter_evidence
from {{ ref('int_exit_checks') }} as exit_check
where
    exit_check.status in ('out_policy', 'out_no_policy', 'out_unknown')
    and exit_check.exit_state = 'fail'
