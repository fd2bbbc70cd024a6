-- Grain: one row per household outside the register and condition by which it may belong in it.
{%- set details = [
    ('income', 'npc < poverty_line'),
    ('housing', 'not housing_ok'),
    ('water', 'not water_ok'),
] %}
with outside as (
    select *
    from {{ ref('int_households') }} as household
    where not household.is_register
),

findings as (
    {%- for detail, condition in details %}
    select
        outside.*,
        '{{ detail }}' as detail
    from outside
    where {{ condition }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    'R033' as rule_id,
    detail,
    'fail' as verdict,
    'household' as subject_type,
    household_key as subject_key,
    {{ household_label('findings') }} as subject_label,
    area_code,
    'registry' as owner,
    '符合贫困户条件的及时纳入' as expected,
    case detail
        when 'income' then '人均纯收入' || cast(npc as varchar) || '元,低于标准'
        when 'housing' then '现住房不安全'
        else '饮水不安全'
    end || ',不在建档立卡系统' as actual,
    coalesce('已监测' || cast({{ days_between('watched_since', as_of()) }} as varchar) || '天', '') as difference,
    'text' as value_class,
    edge_evidence as evidence,
    case detail when 'housing' then housing_evidence when 'water' then water_evidence end as counter_evidence
from findings
