-- Grain: one row per household and way in which its retrofit subsidy did not reach it by the card, or not in time.
with payments as (
    select
        payment.*,
        {{ evidence('payment') }} as evidence,
        household.area_code as household_area,
        household.head_name as register_head,
        household.hh_no as register_number,
        household.reg_evidence,
        {{ policy('retrofit_channel', 'household.area_code', 'text') }} as channel_due
    from {{ ref('int_retrofit_rows') }} as payment
    inner join {{ ref('int_register_households') }} as household
        on payment.household_key = household.household_key
    where payment.paid_amt > 0
),

holders_by_key as (
    select distinct
        household_key,
        person_key
    from {{ ref('int_register_person_rows') }}
),

holders_by_name as (
    select distinct
        household_key,
        name_norm
    from {{ ref('int_register_person_rows') }}
),

-- a holder known by number is compared by number, else by name
judged as (
    select
        payments.*,
        case
            when payments.account_holder_key is not null then by_key.person_key is not null
            when payments.account_holder_norm is not null then by_name.name_norm is not null
        end as is_member
    from payments
    left join holders_by_key as by_key
        on payments.household_key = by_key.household_key and payments.account_holder_key = by_key.person_key
    left join holders_by_name as by_name
        on payments.household_key = by_name.household_key and payments.account_holder_norm = by_name.name_norm
),

late_elsewhere as (
    select
        project.*,
        {{ policy('retrofit_scope_classes', 'project.village_code', 'text') }} as scope_classes,
        {{ add_days('project.accepted_on', policy('retrofit_subsidy_days_others', 'project.village_code')) }} as due_on
    from {{ ref('int_retrofit_projects') }} as project
    where not project.is_linked and project.is_accepted_ok and not project.is_fully_paid
),

findings as (
    select
        household_key,
        case when channel is null then 'channel_unknown' else 'channel_other' end as detail,
        register_head as head_name,
        register_number as hh_no,
        household_area as area_code,
        '以' || channel_due || '发放' as expected,
        coalesce(channel, '未填发放方式') as actual,
        evidence,
        reg_evidence
    from judged
    where channel_due is not null and (channel is null or channel <> channel_due)

    union all

    select
        household_key,
        case when is_member is null then 'holder_unknown' else 'holder_outside' end as detail,
        register_head as head_name,
        register_number as hh_no,
        household_area as area_code,
        '收款人是本户成员' as expected,
        case when is_member is null then '未填收款人' else '收款人不是本户成员' end as actual,
        evidence,
        reg_evidence
    from judged
    where channel_due is not null and not coalesce(is_member, false)

    union all

    select
        household_key,
        'overdue' as detail,
        ledger_head as head_name,
        null as hh_no,
        village_code as area_code,
        '应于' || cast(due_on as varchar) || '前足额兑付' as expected,
        case when paid_total is null then '未兑付' else '已兑付' || cast(paid_total as varchar) || '元' end as actual,
        evidence,
        null as reg_evidence
    from late_elsewhere
    where {{ list_has('scope_classes', 'subject_class') }} and {{ as_of() }} > due_on
),

{{ first_of_each_household(
    'R103', 'housing', "case when ordered.detail like '%unknown' then 'unknown' else 'fail' end"
) }}
