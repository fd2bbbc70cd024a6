-- Grain: one row per person, subsidy feed and way in which money goes wrong: twice, after death, to the wrong account.
{%- set feeds = [
    ('civil_affairs', 'dibao', 'int_dibao_rows', 'subsidy_row.is_in_force', '低保', false),
    ('civil_affairs', 'tekun', 'int_tekun_rows', 'subsidy_row.is_in_force', '特困供养', true),
    ('civil_affairs', 'disability', 'int_disability_rows',
        'subsidy_row.is_in_force and coalesce(subsidy_row.living_amt, 0) + coalesce(subsidy_row.care_amt, 0) > 0',
        '残疾人补贴', true),
    ('education', 'aid_payments', 'int_aid_rows', 'subsidy_row.paid_amt > 0', '学生资助', false),
] %}
with members as (
    select distinct
        household_key,
        name_norm
    from {{ ref('int_register_person_rows') }}
),

findings as (
    {%- for sector, entity, model, condition, word, by_death in feeds %}
    select
        '{{ sector }}/{{ entity }}.account_other' as detail,
        subsidy_row.person_uid,
        '{{ sector }}' as owner,
        '{{ word }}发到本户账户' as expected,
        '账户名不是本户成员' as actual,
        {{ evidence('subsidy_row') }} as evidence
    from {{ ref(model) }} as subsidy_row
    left join members
        on
            subsidy_row.household_key = members.household_key
            and subsidy_row.account_holder_norm = members.name_norm
    where
        subsidy_row.person_uid is not null
        and {{ condition }}
        and subsidy_row.account_holder_norm <> subsidy_row.name_norm
        and members.name_norm is null

    union all
    {%- if by_death %}

    select
        '{{ sector }}/{{ entity }}.after_death' as detail,
        subsidy_row.person_uid,
        '{{ sector }}' as owner,
        '死亡后停发{{ word }}' as expected,
        '死亡人员仍在发放' as actual,
        {{ evidence('subsidy_row') }} as evidence
    from {{ ref(model) }} as subsidy_row
    inner join {{ ref('int_persons') }} as dead
        on subsidy_row.person_uid = dead.person_uid
    where dead.is_dead and {{ condition }}

    union all
    {%- endif %}
    {%- if not loop.first %}

    select
        '{{ sector }}/{{ entity }}.two_counties' as detail,
        subsidy_row.person_uid,
        '{{ sector }}' as owner,
        '一人只在一个县享受{{ word }}' as expected,
        '同时在' || cast(count(distinct substr(subsidy_row.village_code, 1, 6)) as varchar) || '个县享受' as actual,
        min({{ evidence('subsidy_row') }}) as evidence
    from {{ ref(model) }} as subsidy_row
    where subsidy_row.person_uid is not null and {{ condition }}
    group by subsidy_row.person_uid
    having count(distinct substr(subsidy_row.village_code, 1, 6)) > 1

    union all
    {%- endif %}
    {%- endfor %}

    select
        'civil_affairs/dibao.two_cases' as detail,
        dibao.person_uid,
        'civil_affairs' as owner,
        '一人只在一个低保证内' as expected,
        '同时在' || cast(count(distinct dibao.case_no) as varchar) || '个低保证内' as actual,
        min({{ evidence('dibao') }}) as evidence
    from {{ ref('int_dibao_rows') }} as dibao
    where dibao.person_uid is not null and dibao.is_in_force
    group by dibao.person_uid
    having count(distinct dibao.case_no) > 1
),

{{ first_of_each_person('R187', 'ordered.owner') }}
