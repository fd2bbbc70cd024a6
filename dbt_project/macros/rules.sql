{#- Every rule that can run: one model each. Registered in seeds/rules.csv; a test holds both lists together. -#}
{% macro rule_models() -%}
    {{ return([
        'rule_r001_identity_follows_register',
        'rule_r002_reported_equals_computed',
        'rule_r003_unique_in_register',
        'rule_r006_match_buckets',
        'rule_r048_household_card',
        'rule_r081_insured',
        'rule_r083_reimbursed_in_county',
        'rule_r084_reimbursed_after_referral',
        'rule_r085_six_layers',
        'rule_r087_cover_without_ground',
        'rule_r088_no_deposit_one_stop',
        'rule_r089_chronic_contract',
        'rule_r090_chronic_visits',
        'rule_r094_doubtful_stays',
        'rule_r102_subsidy_paid_in_time',
        'rule_r104_dangerous_house_in_stock',
        'rule_r107_safe_dwelling',
        'rule_r120_in_school',
        'rule_r133_central_water_tested',
        'rule_r134_dispersed_water_judged',
        'rule_r144_two_lines_merged',
        'rule_r146_allowance_attribute',
    ]) }}
{%- endmacro %}

{#- The shape that every rule model has, in this order. -#}
{% macro rule_columns() -%}
    {{ return([
        'rule_id', 'detail', 'verdict', 'subject_type', 'subject_key', 'subject_label', 'area_code', 'owner',
        'expected', 'actual', 'difference', 'value_class', 'evidence', 'counter_evidence',
    ]) }}
{%- endmacro %}

{#- Union of all rule models. -#}
{% macro all_findings() -%}
    {%- for model in rule_models() %}
    select
        {% for column in rule_columns() -%}
        cast({{ column }} as varchar) as {{ column }}{{ "," if not loop.last }}
        {% endfor -%}
    from {{ ref(model) }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
{%- endmacro %}

{#-
    Feeds that a registered rule or indicator needs and has not got, as one row per entry with `missing` (text).
    needed_feeds: names parted by blanks, all needed; alternatives within a name parted by '|', one is enough.
-#}
{% macro missing_feeds(registry, key) -%}
    with needs as (
        {{ split_to_rows(registry, key, 'needed_feeds', ' ') }}
    ),

    unmet as (
        select
            needs.{{ key }},
            needs.part
        from needs
        where
            needs.part <> ''
            and not exists (
                select 1
                from {{ ref('int_feeds_received') }} as received
                where '|' || needs.part || '|' like '%|' || received.feed || '|%'
            )
    )

    select
        {{ key }},
        {{ joined_text('part', '、', 'part') }} as missing
    from unmet
    group by {{ key }}
{%- endmacro %}
