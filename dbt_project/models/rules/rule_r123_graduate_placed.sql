-- Grain: one row per register person who has finished a vocational school and is not known to be placed in work.
with graduates as (
    select
        person.*,
        {{ date_of(
            "cast(" ~ year_of(as_of()) ~ " as varchar) || '-' || "
            ~ policy('vocational_placed_last_day', 'person.area_code', 'text')
        ) }} as last_day
    from {{ ref('int_persons') }} as person
    where person.is_vocational_graduate and not person.is_placed and not person.is_dead
)

select
    'R123' as rule_id,
    'not_placed' as detail,
    case when {{ as_of() }} > last_day then 'fail' else 'warn' end as verdict,
    'person' as subject_type,
    person_uid as subject_key,
    {{ person_label('graduates') }} as subject_label,
    area_code,
    'education' as owner,
    '应于' || cast(last_day as varchar) || '前安置就业' as expected,
    '无就业安置日期' as actual,
    case when {{ as_of() }} > last_day then '超期' || cast({{ days_between('last_day', as_of()) }} as varchar) || '天' end
        as difference,
    'text' as value_class,
    school_evidence as evidence,
    reg_evidence as counter_evidence
from graduates
where last_day is not null
