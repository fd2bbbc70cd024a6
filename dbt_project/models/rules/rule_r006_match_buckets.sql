-- Grain: one row per register person, household or roster row and bucket of the comparison with a feed.
{#- feed, rows, who of the register must be on it: whom an allowance lacks is told by the attribute (R146, R145) -#}
{%- set person_feeds = [
    ('medical', 'enrolments', 'int_medical_rows', 'true'),
    ('education', 'enrolments', 'int_education_rows', "master.school_verdict <> 'not_due'"),
    ('civil_affairs', 'dibao', 'int_dibao_rows', none),
    ('civil_affairs', 'tekun', 'int_tekun_rows', none),
] %}
{%- set household_feeds = [
    ('housing', 'appraisals', 'int_appraisal_rows', 'master.is_register'),
    ('water', 'household_water', 'int_water_rows', 'master.is_register'),
] %}
with findings as (
    {%- for sector, entity, model, required in person_feeds + household_feeds %}
    {%- set is_person = loop.index <= person_feeds | length %}
    {%- set master = 'int_persons' if is_person else 'int_households' %}
    {%- set key = 'person_uid' if is_person else 'household_key' %}
    {%- set name = 'name' if is_person else 'head_name' %}
    {%- set class = 'person_class' if is_person else 'subject_class' if entity == 'appraisals' else none %}
    {%- set unlinked = 'sector_row.person_uid is null' if is_person else 'not sector_row.is_linked' %}
    {%- set label = person_label('master') if is_person else household_label('master') %}
    select
        '{{ sector }}/{{ entity }}.name_differs' as detail,
        '{{ "person" if is_person else "household" }}' as subject_type,
        master.{{ key }} as subject_key,
        {{ label }} as subject_label,
        master.area_code,
        '{{ sector }}' as owner,
        master.{{ name }} as expected,
        sector_row.{{ name }} as actual,
        'name' as value_class,
        {{ evidence('sector_row') }} as evidence,
        master.reg_evidence as counter_evidence
    from {{ ref(model) }} as sector_row
    inner join {{ ref(master) }} as master
        on sector_row.{{ key }} = master.{{ key }}
    where
        sector_row.{{ name }}_norm <> master.{{ name }}_norm
        {%- if not is_person %} and sector_row.is_linked{% endif %}

    union all

    select
        '{{ sector }}/{{ entity }}.id_differs' as detail,
        'record' as subject_type,
        pair.evidence as subject_key,
        {{ label }} as subject_label,
        master.area_code,
        '{{ sector }}' as owner,
        '证件号码与建档立卡一致' as expected,
        '同村同名,证件号码不同或无效' as actual,
        'text' as value_class,
        pair.evidence,
        pair.reg_evidence as counter_evidence
    from {{ ref('int_counterparts') }} as pair
    inner join {{ ref(master) }} as master
        on pair.register_key = master.{{ key }}
    where pair.sector = '{{ sector }}' and pair.entity = '{{ entity }}'

    union all
    {%- if required %}

    select
        '{{ sector }}/{{ entity }}.missing' as detail,
        '{{ "person" if is_person else "household" }}' as subject_type,
        master.{{ key }} as subject_key,
        {{ label }} as subject_label,
        master.area_code,
        '{{ sector }}' as owner,
        '本行业名册中有此{{ "人" if is_person else "户" }}' as expected,
        '未找到' as actual,
        'text' as value_class,
        null as evidence,
        master.reg_evidence as counter_evidence
    from {{ ref(master) }} as master
    where
        {{ required }}
        and exists (
            select 1
            from {{ ref('int_feeds_received') }} as received
            where received.feed = '{{ sector }}/{{ entity }}'
        )
        and not exists (
            select 1
            from {{ ref(model) }} as linked
            where linked.{{ key }} = master.{{ key }}
        )
        and not exists (
            select 1
            from {{ ref('int_counterparts') }} as pair
            where
                pair.sector = '{{ sector }}'
                and pair.entity = '{{ entity }}'
                and pair.register_key = master.{{ key }}
        )

    union all
    {%- endif %}
    {%- if class %}

    select
        '{{ sector }}/{{ entity }}.labelled_jd' as detail,
        'record' as subject_type,
        {{ evidence('sector_row') }} as subject_key,
        {{ masked_name('sector_row.' ~ name) }} as subject_label,
        sector_row.village_code as area_code,
        '{{ sector }}' as owner,
        '标注为建档立卡的在系统内' as expected,
        '建档立卡系统内未找到' as actual,
        'text' as value_class,
        {{ evidence('sector_row') }} as evidence,
        null as counter_evidence
    from {{ ref(model) }} as sector_row
    where
        {{ unlinked }}
        and {{ list_has('sector_row.' ~ class, "'jd'") }}
        and not exists (
            select 1
            from {{ ref('int_counterparts') }} as pair
            where
                pair.sector = '{{ sector }}'
                and pair.entity = '{{ entity }}'
                and pair.evidence = {{ evidence('sector_row') }}
        )

    union all
    {%- endif %}
    {%- endfor %}

    select
        repeated.sector || '/' || repeated.entity || '.dup_key' as detail,
        'record' as subject_type,
        repeated.evidence as subject_key,
        '第' || cast(repeated.row_no as varchar) || '行' as subject_label,
        repeated.area_code,
        repeated.sector as owner,
        '主键唯一' as expected,
        '主键重复且内容不同,整组退回' as actual,
        'text' as value_class,
        repeated.evidence,
        null as counter_evidence
    from {{ ref('int_repeated_keys') }} as repeated
),

{{ first_of_each_subject(
    'R006', "case when ordered.detail like '%.missing' then 'unknown' else 'fail' end", 'ordered.value_class'
) }}
