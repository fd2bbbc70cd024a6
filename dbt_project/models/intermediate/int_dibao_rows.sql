-- Grain: one row per person and case on the subsistence-allowance roster of the latest month.
{{ person_rows(
    ref('stg_civil_affairs__dibao'),
    ['month', 'case_no', 'from_month', 'is_rural', 'is_in_force', 'monthly_amt', 'npc', 'account_holder_norm', 'person_key'],
    keep_all=true,
) }}
