-- Grain: one row per holder of a disability certificate in the register and way in which a subsidy is wrong.
{%- set details = [
    ('living_amount', 'fail', '生活补贴按标准发放', 'living_amt > 0 and living_amt <> living_standard'),
    ('living_not_paid', 'fail', '低保残疾人享受生活补贴', 'is_dibao and coalesce(living_amt, 0) = 0'),
    ('hardship_not_paid', 'fail', '困难残疾人享受生活补贴',
        'not is_dibao and is_hardship and coalesce(living_amt, 0) = 0'),
    ('hardship_unknown', 'unknown', '是否困难已核定',
        'not is_dibao and is_hardship is null and coalesce(living_amt, 0) = 0'),
    ('living_no_ground', 'warn', '低保或困难残疾人享受生活补贴',
        'living_amt > 0 and not is_dibao and not coalesce(is_hardship, false) and low_kind is null'),
    ('care_amount', 'fail', '护理补贴按标准发放', 'care_amt > 0 and care_amt <> care_standard'),
    ('care_not_paid', 'fail', '重度残疾人享受护理补贴', 'is_severe and coalesce(care_amt, 0) = 0'),
    ('care_no_ground', 'fail', '重度残疾人享受护理补贴', 'care_amt > 0 and level is not null and not is_severe'),
    ('level_unknown', 'unknown', '残疾等级已填', 'level is null'),
] %}
{%- set grounds = policy('living_hardship_grounds', 'person.area_code', 'text') %}
{%- set income_line = policy('low_income_line', 'person.area_code') %}
with holders as (
    select
        person.*,
        -- no document says who is in hardship off the allowance: the grounds are a parameter, and may stay open
        case
            when
                {{ list_has(grounds, "'roster'") }}
                and {{ list_has(policy('living_hardship_words', 'person.area_code', 'text'), 'person.low_kind') }}
                then true
            when {{ list_has(grounds, "'low_income'") }} and household.npc < {{ income_line }} then true
            when
                {{ list_has(grounds, "'low_income'") }} and (household.npc is null or {{ income_line }} is null)
                then null
            else false
        end as is_hardship,
        {{ policy('disability_living_subsidy', 'person.area_code') }} as living_standard,
        {{ policy('disability_care_subsidy', 'person.area_code') }} as care_standard,
        person.level is not null
        and {{ list_has(policy('care_subsidy_levels', 'person.area_code', 'text'), 'person.level') }} as is_severe
    from {{ ref('int_disabled_persons') }} as person
    left join {{ ref('int_households') }} as household
        on person.household_key = household.household_key and household.is_register
    where person.has_certificate
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
    || coalesce(cast(care_amt as varchar), '0') || '元'
    || case when is_dibao then ',享受低保' when low_kind is not null then ',名册载明' || low_kind else '' end as actual,
    null as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from findings
