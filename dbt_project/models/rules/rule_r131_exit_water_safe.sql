-- Grain: one row per register household of this year's exits, village or household, whose water is not safe.
with findings as (
    {%- for detail, condition in [
        ('exit_village', 'household.is_exit_village'), ('exit_household', 'household.is_exit_household'),
    ] %}
    select
        '{{ detail }}' as detail,
        household.*
    from {{ ref('int_households') }} as household
    where household.is_register and {{ condition }} and not coalesce(household.water_ok, false)
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    'R131' as rule_id,
    detail,
    case when water_ok is null then 'unknown' else 'fail' end as verdict,
    'household' as subject_type,
    household_key as subject_key,
    {{ household_label('findings') }} as subject_label,
    area_code,
    'water' as owner,
    case detail when 'exit_village' then '当年退出贫困村饮水安全' else '当年退出户饮水安全' end as expected,
    case when water_ok is null then '不明' else '不安全' end as actual,
    null as difference,
    'text' as value_class,
    water_evidence as evidence,
    reg_evidence as counter_evidence
from findings
