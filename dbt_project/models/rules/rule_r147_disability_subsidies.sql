-- Grain: one row per holder of a disability certificate in the register and way in which a subsidy is wrong.
{%- set details = [
    ('living_amount', 'fail', '生活补贴按标准发放', 'living_amt > 0 and living_amt <> living_standard'),
    ('living_not_paid', 'fail', '低保残疾人享受生活补贴', 'is_dibao and coalesce(living_amt, 0) = 0'),
    ('living_no_ground', 'warn', '低保或困难残疾人享受生活补贴', 'living_amt > 0 and not is_dibao and low_kind is null'),
    ('care_amount', 'fail', '护理补贴按标准发放', 'care_amt > 0 and care_amt <> care_standard'),
    ('care_not_paid', 'fail', '重度残疾人享受护理补贴', 'is_severe and coalesce(care_amt, 0) = 0'),
    ('care_no_ground', 'fail', '重度残疾人享受护理补贴', 'care_amt > 0 and level is not null and not is_severe'),
    ('level_unknown', 'unknown', '残疾等级已填', 'level is null'),
] %}
with holders as (
    select
        *,
        {{ policy('disability_living_subsidy', 'person.area_code') }} as living_standard,
        {{ policy('disability_care_subsidy', 'person.area_code') }} as care_standard,
        level is not null and {{ list_has(policy('care_subsidy_levels', 'person.area_code', 'text'), 'level') }}
            as is_severe
    from {{ ref('int_disabled_persons') }} as person
    where has_certificate
),

findings as (
    {%- for detail, verdict, expected, condition in details %}
    select
        holders.*,
        '{{ detail }}' as detail,
        '{{ verdict }}' as verdict,
        '{{ expected }}' as expected
    from holders
    where {{ condition }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    'R147' as rule_id,
    detail,
    verdict,
    'person' as subject_type,
    person_uid as subject_key,
    {{ person_label('findings') }} as subject_label,
    area_code,
    'civil_affairs' as owner,
    expected
    || case
        when detail = 'living_amount' then '(' || cast(cast(living_standard as decimal(14, 2)) as varchar) || '元/月)'
        when detail = 'care_amount' then '(' || cast(cast(care_standard as decimal(14, 2)) as varchar) || '元/月)'
        else ''
    end as expected,
    '残疾等级' || coalesce({{ word_of('CL-LEVEL', 'findings.level') }}, '未填')
    || ',生活补贴' || coalesce(cast(living_amt as varchar), '0') || '元,护理补贴'
    || coalesce(cast(care_amt as varchar), '0') || '元' || case when is_dibao then ',享受低保' else '' end as actual,
    null as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from findings
