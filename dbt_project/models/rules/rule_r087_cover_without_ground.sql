-- Grain: one row per person or roster row that is covered without a ground, with the kind of cover as detail.
with findings as (
    select
        'double_cover' as detail,
        'person' as subject_type,
        person.person_uid as subject_key,
        {{ person_label('person') }} as subject_label,
        person.area_code,
        'medical' as owner,
        '只参加一种基本医疗保险' as expected,
        '居民医保与职工医保同时参保' as actual,
        person.insurance_evidence as evidence,
        person.employee_evidence as counter_evidence
    from {{ ref('int_persons') }} as person
    where person.is_insured and person.is_employee_insured

    union all

    select
        'dead_in_dibao' as detail,
        'person' as subject_type,
        person.person_uid as subject_key,
        {{ person_label('person') }} as subject_label,
        person.area_code,
        'civil_affairs' as owner,
        '死亡后停发低保' as expected,
        '死亡人员仍在低保名册' as actual,
        person.dibao_evidence as evidence,
        person.dead_evidence as counter_evidence
    from {{ ref('int_persons') }} as person
    where person.is_dead and person.is_dibao

    union all

    select
        'not_in_register' as detail,
        'record' as subject_type,
        {{ evidence('medical') }} as subject_key,
        {{ masked_name('medical.name') }} as subject_label,
        medical.village_code as area_code,
        'medical' as owner,
        '政府代缴对象在建档立卡系统内' as expected,
        '建档立卡系统内未找到' as actual,
        {{ evidence('medical') }} as evidence,
        null as counter_evidence
    from {{ ref('int_medical_rows') }} as medical
    where
        medical.person_uid is null
        and medical.ins_state = 'gov_paid'
        and medical.id_status = 'valid'
        and {{ list_has('medical.person_class', "'jd'") }}
),

{{ first_of_each_subject('R087') }}
