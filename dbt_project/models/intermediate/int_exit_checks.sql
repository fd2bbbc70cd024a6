-- Grain: one row per register household: does it stand by each condition of leaving poverty, known, failing or unknown.
{%- set flags = [
    ('education', 'schooling_ok', '义务教育'),
    ('medical', 'insurance_ok', '基本医疗'),
    ('housing', 'housing_ok', '住房安全'),
    ('water', 'water_ok', '饮水安全'),
] %}
with households as (
    select
        household.*,
        {{ policy('exit_check_flags', 'household.area_code', 'text') }} as checked_flags,
        {{ policy('basic_exit_flags', 'household.area_code', 'text') }} as basic_flags,
        {{ policy('income_is_hard', 'household.area_code', 'text') }} = 'true' as is_income_hard
    from {{ ref('int_households') }} as household
    where household.is_register
),

counted as (
    select
        *,
        {%- for kind, condition in [('failing', 'not {}'), ('unknown', '{} is null')] %}
        {%- for scope in ['checked', 'basic'] %}
        0
        {%- for flag, column, word in flags %}
        + case
            when {{ condition.format(column) }} and {{ list_has(scope ~ '_flags', "'" ~ flag ~ "'") }} then 1
            else 0
        end
        {%- endfor %}
            as {{ scope }}_{{ kind }},
        {%- endfor %}
        ''
        {%- for flag, column, word in flags %}
        || case
            when {{ condition.format(column) }} and {{ list_has('checked_flags', "'" ~ flag ~ "'") }} then '、{{ word }}'
            else ''
        end
        {%- endfor %}
            as {{ kind }}_words,
        {%- endfor %}
        npc >= poverty_line as income_ok,
        poverty_line is not null as is_income_judged
    from households
),

judged as (
    select
        *,
        case when checked_failing > 0 then 'fail' when checked_unknown > 0 then 'unknown' else 'ok' end
            as guarantee_state,
        case when basic_failing > 0 then 'fail' when basic_unknown > 0 then 'unknown' else 'ok' end as basic_state,
        case
            when not is_income_judged then 'not_judged'
            when income_ok then 'ok'
            when income_ok is null then 'unknown'
            else 'fail'
        end as income_state,
        case when is_income_judged and not income_ok then '、收入' else '' end || failing_words as all_failing,
        case when is_income_judged and income_ok is null then '、收入' else '' end || unknown_words as all_unknown,
        coalesce(
            housing_grade in ('C', 'D', 'N') and not housing_ok and {{ year_of('appraised_on') }} <= exit_year,
            false
        ) as has_failed_since_exit,
        coalesce(
            hh_kind in ('sudden', 'unstable')
            and {{ year_of('watched_since') }} > exit_year
            and not coalesce(risk_cleared, false),
            false
        ) as has_later_event
    from counted
),

verdicts as (
    select
        *,
        case
            when guarantee_state = 'fail' or income_state = 'fail' then 'fail'
            when guarantee_state = 'unknown' or income_state = 'unknown' then 'unknown'
            else 'ok'
        end as strict_state
    from judged
),

readings as (
    select
        *,
        case when is_income_hard then strict_state else guarantee_state end as exit_state
    from verdicts
)

select
    household_key,
    hh_no,
    head_name,
    area_code,
    status,
    attr,
    exit_year,
    npc,
    poverty_line,
    is_income_hard,
    income_state,
    guarantee_state,
    basic_state,
    strict_state,
    exit_state,
    nullif(substr(all_failing, 2), '') as failed_flags,
    nullif(substr(all_unknown, 2), '') as unknown_flags,
    coalesce('未达标:' || nullif(substr(all_failing, 2), '') || ';', '')
    || coalesce('不明:' || nullif(substr(all_unknown, 2), '') || ';', '')
    || '收入作条件时' || case strict_state when 'ok' then '达标' when 'fail' then '不达标' else '不明' end
    || ',不作条件时' || case guarantee_state when 'ok' then '达标' when 'fail' then '不达标' else '不明' end as readings,
    case
        when status not in ('out_policy', 'out_no_policy', 'out_unknown') then null
        when exit_state = 'ok' then 'stable'
        when exit_state = 'unknown' then 'unknown'
        when has_failed_since_exit then 'reverted'
        when has_later_event then 'relapsed'
        else 'undecided'
    end as review_outcome,
    watched_since,
    coalesce(
        case when not housing_ok then housing_evidence end,
        case when not water_ok then water_evidence end,
        reg_evidence
    ) as evidence,
    edge_evidence,
    reg_evidence
from readings
