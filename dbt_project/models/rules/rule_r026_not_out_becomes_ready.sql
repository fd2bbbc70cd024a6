-- Grain: one row per household not yet out of poverty that lacks a basic condition, or is still poor past the last day.
with poor as (
    select
        exit_check.*,
        {{ policy('basic_exit_deadline', 'exit_check.area_code', 'date') }} as ready_by,
        {{ policy('exit_deadline', 'exit_check.area_code', 'date') }} as out_by
    from {{ ref('int_exit_checks') }} as exit_check
    where exit_check.status = 'not_out'
),

findings as (
    select
        *,
        case
            when {{ as_of() }} > out_by then 'still_not_out'
            when basic_state <> 'ok' then 'not_ready'
        end as detail
    from poor
)

select
    'R026' as rule_id,
    detail,
    case
        when detail = 'still_not_out' then 'fail'
        when basic_state = 'unknown' then 'unknown'
        when {{ as_of() }} > ready_by then 'fail'
        else 'warn'
    end as verdict,
    'household' as subject_type,
    household_key as subject_key,
    {{ household_label('findings') }} as subject_label,
    area_code,
    'registry' as owner,
    case
        when detail = 'still_not_out' then cast(out_by as varchar) || '前脱贫'
        else coalesce(cast(ready_by as varchar) || '前', '') || '具备基本脱贫条件'
    end as expected,
    coalesce('未达标:' || failed_flags || ';', '') || coalesce('不明:' || unknown_flags || ';', '') || '未脱贫' as actual,
    readings as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from findings
where detail is not null
