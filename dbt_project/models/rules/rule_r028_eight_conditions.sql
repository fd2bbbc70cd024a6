-- Grain: one row per register household that fails a condition of leaving poverty, or of which one is not known.
-- A household recorded as poor is below the line by its status: its income alone is no difference.
with states as (
    select
        *,
        case
            when status in ('not_out', 'relapsed', 'reverted') then guarantee_state
            else strict_state
        end as state
    from {{ ref('int_exit_checks') }}
)

select
    'R028' as rule_id,
    '' as detail,
    exit_check.state as verdict,
    'household' as subject_type,
    exit_check.household_key as subject_key,
    {{ household_label('exit_check') }} as subject_label,
    exit_check.area_code,
    'registry' as owner,
    '一过线、两不愁、三保障、饮水安全全部达标' as expected,
    coalesce('未达标:' || exit_check.failed_flags || ';', '') || coalesce('不明:' || exit_check.unknown_flags, '')
        as actual,
    null as difference,
    'text' as value_class,
    exit_check.evidence,
    exit_check.reg_evidence as counter_evidence
from states as exit_check
where exit_check.state <> 'ok'
