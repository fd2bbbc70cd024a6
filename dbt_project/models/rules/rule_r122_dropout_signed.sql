-- Grain: one row per register person who dropped out for reasons of his own without signature or evidence.
with dropped as (
    select
        education.*,
        {{ evidence('education') }} as evidence
    from {{ ref('int_education_rows') }} as education
    where education.person_uid is not null and education.status = 'drop'
),

findings as (
    {%- for detail, condition in [
        ('not_signed', "drop_cause = 'self' and guardian_signed_on is null"),
        ('no_evidence', "drop_cause = 'self' and evidence_id is null"),
        ('cause_unknown', 'drop_cause is null'),
    ] %}
    select
        '{{ detail }}' as detail,
        person_uid,
        min(evidence) as evidence
    from dropped
    where {{ condition }}
    group by person_uid
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    'R122' as rule_id,
    findings.detail,
    case when findings.detail = 'cause_unknown' then 'unknown' else 'fail' end as verdict,
    'person' as subject_type,
    person.person_uid as subject_key,
    {{ person_label('person') }} as subject_label,
    person.area_code,
    'education' as owner,
    case findings.detail
        when 'not_signed' then '监护人签字确认'
        when 'no_evidence' then '留存佐证材料'
        else '写明辍学原因'
    end as expected,
    case findings.detail
        when 'not_signed' then '无监护人签字日期'
        when 'no_evidence' then '无佐证材料编号'
        else '辍学原因未填'
    end as actual,
    null as difference,
    'text' as value_class,
    findings.evidence,
    person.reg_evidence as counter_evidence
from findings
inner join {{ ref('int_persons') }} as person
    on findings.person_uid = person.person_uid
