-- Grain: one row per register person or household and field that cannot be right.
{%- set person_details = [
    ('id_invalid', "listed.id_status = 'invalid'", '证件号码校验有效', '证件号码校验不通过'),
    ('id_missing', "listed.id_status = 'missing'", '证件号码已填', '证件号码未填'),
    ('sex_differs', "listed.has_other_sex", '性别与证件号码一致', '性别与证件号码不符'),
    ('birth_differs', "listed.has_other_birth", '出生日期与证件号码一致', '出生日期与证件号码不符'),
    ('code_conflict', "listed.has_conflict", '各项不互相矛盾', '健康状况等代码互相矛盾'),
] %}
{%- set household_details = [
    ('no_head', 'heads = 0', "'只有一个户主'", "'成员中没有户主'"),
    ('many_heads', 'heads > 1', "'只有一个户主'", "'成员中有' || cast(heads as varchar) || '个户主'"),
    ('member_count', 'member_count <> listed_members', "'人数' || cast(member_count as varchar)",
        "'成员' || cast(listed_members as varchar) || '条'"),
] %}
with counted as (
    select
        household.household_key,
        household.hh_no,
        household.head_name,
        household.area_code,
        household.member_count,
        household.reg_evidence,
        count(listed.person_uid) as listed_members,
        sum(case when listed.relation = '01' then 1 else 0 end) as heads
    from {{ ref('int_register_households') }} as household
    left join {{ ref('int_register_person_rows') }} as listed
        on household.household_key = listed.household_key
    group by
        household.household_key, household.hh_no, household.head_name, household.area_code, household.member_count,
        household.reg_evidence
),

findings as (
    {%- for detail, condition, expected, actual in person_details %}
    select
        '{{ detail }}' as detail,
        'person' as subject_type,
        listed.person_uid as subject_key,
        {{ person_label('listed') }} as subject_label,
        listed.area_code,
        '{{ expected }}' as expected,
        '{{ actual }}' as actual,
        listed.reg_evidence as evidence
    from {{ ref('int_register_person_rows') }} as listed
    where {{ condition }}

    union all
    {%- endfor %}
    {%- for detail, condition, expected, actual in household_details %}

    select
        '{{ detail }}' as detail,
        'household' as subject_type,
        household_key as subject_key,
        {{ household_label('counted') }} as subject_label,
        area_code,
        {{ expected }} as expected,
        {{ actual }} as actual,
        reg_evidence as evidence
    from counted
    where {{ condition }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}
),

ordered as (
    select
        *,
        row_number() over (partition by detail, subject_key order by evidence asc) as preference
    from findings
)

select
    'R015' as rule_id,
    detail,
    'fail' as verdict,
    subject_type,
    subject_key,
    subject_label,
    area_code,
    'registry' as owner,
    expected,
    actual,
    null as difference,
    'text' as value_class,
    evidence,
    null as counter_evidence
from ordered
where preference = 1
