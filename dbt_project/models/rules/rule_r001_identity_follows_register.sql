-- Grain: one row per register person or household and attribute on which a list differs from its authority.
{%- set person_feeds = [
    ('medical', 'enrolments', 'int_medical_rows'),
    ('education', 'enrolments', 'int_education_rows'),
    ('civil_affairs', 'dibao', 'int_dibao_rows'),
] %}
{%- set household_feeds = [
    ('housing', 'appraisals', 'int_appraisal_rows'),
    ('housing', 'retrofits', 'int_retrofit_rows'),
    ('water', 'household_water', 'int_water_rows'),
] %}
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
with findings as (
    {%- for sector, entity, model in person_feeds + household_feeds %}
    {%- set is_person = loop.index <= 3 %}
    {%- set master = 'int_register_persons' if is_person else 'int_register_households' %}
    {%- set key = 'person_uid' if is_person else 'household_key' %}
    {%- for attribute, theirs, ours, their_shown, our_shown in (person_checks if is_person else household_checks) %}
    {%- if attribute != 'hh_no' or not is_person or sector == 'education' %}
    select
        '{{ sector }}/{{ entity }}.{{ attribute }}' as detail,
        '{{ "person" if is_person else "household" }}' as subject_type,
        master.{{ key }} as subject_key,
        {{ person_label('master') if is_person else household_label('master') }} as subject_label,
        master.area_code,
        '{{ sector }}' as owner,
        {{ 'master.' ~ our_shown if attribute != 'village' else area_name_of('master.area_code') }} as expected,
        {{ 'sector_row.' ~ their_shown if attribute != 'village' else area_name_of('sector_row.village_code') }}
            as actual,
        '{{ "name" if "name" in attribute else "text" }}' as value_class,
        {{ evidence('sector_row') }} as evidence,
        master.reg_evidence as counter_evidence
    from {{ ref(model) }} as sector_row
    inner join {{ ref(master) }} as master
        on sector_row.{{ key }} = master.{{ key }}
    where
        sector_row.{{ theirs }} <> master.{{ ours }}
        {%- if attribute == 'village' %}
        and length(sector_row.village_code) = 12 and length(master.area_code) = 12
        {%- endif %}

    union all
    {%- endif %}
    {%- endfor %}
    {%- if is_person %}

    -- an officer has found out whom the row is about; its number is still another one
    select
        '{{ sector }}/{{ entity }}.id_no' as detail,
        'person' as subject_type,
        master.person_uid as subject_key,
        {{ person_label('master') }} as subject_label,
        master.area_code,
        '{{ sector }}' as owner,
        '证件号码与建档立卡一致' as expected,
        '经认定为同一人,证件号码不同或无效' as actual,
        'text' as value_class,
        {{ evidence('sector_row') }} as evidence,
        master.reg_evidence as counter_evidence
    from {{ ref(model) }} as sector_row
    inner join {{ ref(master) }} as master
        on sector_row.person_uid = master.person_uid
    where sector_row.tier = 'decision' and sector_row.subject_key <> master.person_key

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
