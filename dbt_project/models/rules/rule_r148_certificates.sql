-- Grain: one row per register person registered as disabled without a certificate, or the reverse.
select
    'R148' as rule_id,
    case when person.has_certificate then 'not_marked' else 'no_certificate' end as detail,
    'fail' as verdict,
    'person' as subject_type,
    person.person_uid as subject_key,
    {{ person_label('person') }} as subject_label,
    person.area_code,
    case when person.has_certificate then 'registry' else 'civil_affairs' end as owner,
    case when person.has_certificate then '健康状况登记为残疾' else '办理残疾人证' end as expected,
    case
        when person.has_certificate then '持有残疾人证,建档立卡系统未登记残疾'
        else '建档立卡系统登记为残疾,持证名册中未找到'
    end as actual,
    null as difference,
    'text' as value_class,
    coalesce(person.evidence, person.reg_evidence) as evidence,
    person.reg_evidence as counter_evidence
from {{ ref('int_disabled_persons') }} as person
where
    (person.has_certificate and not person.is_marked)
    or (
        not person.has_certificate
        and exists (
            select 1
            from {{ ref('int_feeds_received') }} as received
            where received.feed = '残疾人持证全部名册'
        )
    )
