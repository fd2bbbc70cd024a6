-- Grain: one row per register person or household and attribute on which a list differs from its authority.
{%- set person_checks = [
    ('name', 'name_norm', 'name_norm', 'name', 'name'),
    ('village', 'village_code', 'area_code', 'village_code', 'area_code'),
    ('hh_no', 'hh_no', 'hh_no', 'hh_no', 'hh_no'),
] %}
{%- set household_checks = [
    ('head_name', 'head_name_norm', 'head_name_norm', 'head_name', 'head_name'),
    ('village', 'village_code', 'area_code', 'village_code', 'area_code'),
    ('hh_no', 'hh_no', 'hh_no', 'hh_no', 'hh_no'),
] %}
{#- sector, entity, rows, whom they are about, the attributes that are compared -#}
{%- set lists = [
    ('medical', 'enrolments', 'int_medical_rows', 'person', person_checks[:2]),
    ('education', 'enrolments', 'int_education_rows', 'person', person_checks),
    ('civil_affairs', 'dibao', 'int_dibao_rows', 'person', person_checks[:2]),
    ('housing', 'appraisals', 'int_appraisal_rows', 'household', household_checks),
    ('housing', 'retrofits', 'int_retrofit_rows', 'household', household_checks),
    ('water', 'household_water', 'int_water_rows', 'household', household_checks),
] %}
with
{%- for sector, entity, model, grain, checks in lists %}
{%- set is_person = grain == 'person' %}
{%- set master = 'int_register_persons' if is_person else 'int_register_households' %}
{%- set key = 'person_uid' if is_person else 'household_key' %}
-- rows of one list on which anything differs: it meets the register once, whatever the number of attributes
{{ sector }}_{{ entity }} as (
    select
        master.{{ key }} as subject_key,
        {{ person_label('master') if is_person else household_label('master') }} as subject_label,
        master.area_code,
        {{ evidence('sector_row') }} as evidence,
        master.reg_evidence as counter_evidence,
        sector_row.village_code as their_village,
        {%- for attribute, theirs, ours, their_shown, our_shown in checks if attribute != 'village' %}
        sector_row.{{ theirs }} <> master.{{ ours }} as has_other_{{ attribute }},
        master.{{ our_shown }} as our_{{ attribute }},
        sector_row.{{ their_shown }} as their_{{ attribute }},
        {%- endfor %}
        {%- if is_person %}
        sector_row.tier = 'decision' and sector_row.subject_key <> master.person_key as has_other_id,
        {%- endif %}
        sector_row.village_code <> master.area_code
        and length(sector_row.village_code) = 12 and length(master.area_code) = 12 as has_other_village
    from {{ ref(model) }} as sector_row
    inner join {{ ref(master) }} as master
        on sector_row.{{ key }} = master.{{ key }}
    where
        {%- for attribute, theirs, ours, their_shown, our_shown in checks %}
        sector_row.{{ theirs }} <> master.{{ ours }} or
        {%- endfor %}
        {{ "sector_row.tier = 'decision'" if is_person else 'false' }}
),
{% endfor %}
findings as (
    {%- for sector, entity, model, grain, checks in lists %}
    {%- set is_person = grain == 'person' %}
    {%- for attribute, theirs, ours, their_shown, our_shown in checks %}
    select
        '{{ sector }}/{{ entity }}.{{ attribute }}' as detail,
        '{{ grain }}' as subject_type,
        differing.subject_key,
        differing.subject_label,
        differing.area_code,
        '{{ sector }}' as owner,
        {{ 'differing.our_' ~ attribute if attribute != 'village' else area_name_of('differing.area_code') }}
            as expected,
        {{ 'differing.their_' ~ attribute if attribute != 'village' else area_name_of('differing.their_village') }}
            as actual,
        '{{ "name" if "name" in attribute else "text" }}' as value_class,
        differing.evidence,
        differing.counter_evidence
    from {{ sector }}_{{ entity }} as differing
    where differing.has_other_{{ attribute }}

    union all
    {%- endfor %}
    {%- if is_person %}

    -- an officer has found out whom the row is about; its number is still another one
    select
        '{{ sector }}/{{ entity }}.id_no' as detail,
        'person' as subject_type,
        differing.subject_key,
        differing.subject_label,
        differing.area_code,
        '{{ sector }}' as owner,
        '证件号码与建档立卡一致' as expected,
        '经认定为同一人,证件号码不同或无效' as actual,
        'text' as value_class,
        differing.evidence,
        differing.counter_evidence
    from {{ sector }}_{{ entity }} as differing
    where differing.has_other_id

    union all
    {%- endif %}
    {%- endfor %}
    {%- for attribute, entity, condition, expected, actual, evidence_column in [
        ('ins_basic', 'persons', 'person.has_insurance_row and person.ins_basic <> person.is_insured',
            'person.is_insured', 'person.ins_basic', 'insurance_evidence'),
        ('dilapidated', 'households', 'household.dilapidated = household.housing_ok',
            'not household.housing_ok', 'household.dilapidated', 'housing_evidence'),
        ('water_safe', 'households', 'household.water_safe <> household.water_ok',
            'household.water_ok', 'household.water_safe', 'water_evidence'),
    ] %}
    {%- set alias = 'person' if entity == 'persons' else 'household' %}
    select
        'registry/{{ entity }}.{{ attribute }}' as detail,
        '{{ alias }}' as subject_type,
        {{ alias }}.{{ 'person_uid' if entity == 'persons' else 'household_key' }} as subject_key,
        {{ person_label(alias) if entity == 'persons' else household_label(alias) }} as subject_label,
        {{ alias }}.area_code,
        'registry' as owner,
        {{ yes_no_word('(' ~ expected ~ ')') }} as expected,
        {{ yes_no_word(actual) }} as actual,
        'text' as value_class,
        {{ alias }}.reg_evidence as evidence,
        {{ alias }}.{{ evidence_column }} as counter_evidence
    from {{ ref('int_persons' if entity == 'persons' else 'int_households') }} as {{ alias }}
    where {{ condition }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

{{ first_of_each_subject('R001', value_class='ordered.value_class') }}
