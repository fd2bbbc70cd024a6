-- Grain: one row per household of the register or, outside it, of the list of edge households, with its card.
with exit_villages as (
    select distinct area_code
    from {{ ref('stg_registry__villages') }}
    where
        village_type = 'poor'
        and {{ is_area_in_force() }}
        and coalesce({{ year_of('exited_on') }}, planned_exit_year) = {{ year_of(as_of()) }}
),

register as (
    select
        household.household_key,
        household.hh_no,
        household.area_code,
        household.head_name,
        household.head_name_norm,
        household.member_count,
        household.attr,
        household.status,
        household.exit_year,
        household.npc,
        household.dilapidated,
        household.water_safe,
        household.relocated,
        household.is_stale,
        household.reg_evidence,
        true as is_register,
        edge.hh_kind,
        edge.identified_on as watched_since,
        edge.risk_cleared,
        edge.edge_evidence
    from {{ ref('int_register_households') }} as household
    left join {{ ref('int_edge_households') }} as edge
        on household.household_key = edge.household_key

    union all

    select
        household_key,
        hh_no,
        area_code,
        head_name,
        head_name_norm,
        member_count,
        null as attr,
        null as status,
        null as exit_year,
        npc,
        null as dilapidated,
        null as water_safe,
        null as relocated,
        is_stale,
        edge_evidence as reg_evidence,
        false as is_register,
        hh_kind,
        identified_on as watched_since,
        risk_cleared,
        edge_evidence
    from {{ ref('int_edge_households') }}
    where not is_register
),

joined as (
    select
        register.*,
        coalesce(
            register.is_register
            and register.exit_year = {{ year_of(as_of()) }}
            and register.status in ('out_policy', 'out_no_policy', 'out_unknown'),
            false
        ) as is_exit_household,
        exit_villages.area_code is not null as is_exit_village,
        members.listed_members,
        coalesce(members.has_dibao, false) as has_dibao,
        coalesce(members.has_rural_dibao, false) as has_rural_dibao,
        coalesce(members.has_member_without_dibao, false) as has_member_without_dibao,
        members.dibao_evidence,
        members.dibao_rural_evidence,
        members.insurance_ok,
        members.schooling_ok,
        coalesce(members.has_open_person_guarantee, false) as has_open_person_guarantee,
        housing.grade as housing_grade,
        housing.appraised_on,
        housing.housing_ok,
        housing.certified as housing_certified,
        housing.retrofit_done_on,
        coalesce(housing.appraisal_evidence, housing.retrofit_evidence) as housing_evidence,
        water.household_key is not null as has_water_survey,
        water.tap as has_tap,
        water.mode as water_mode,
        water.water_ok,
        water.test_result as water_test_result,
        water.tested_on as water_tested_on,
        water.evidence as water_evidence,
        greatest(
            {{ policy('rural_dibao_line', 'register.area_code') }},
            {{ policy('rural_dibao_line_floor', 'register.area_code') }}
        ) as dibao_line,
        {{ policy('edge_low', 'register.area_code') }} as edge_low,
        {{ policy('edge_high', 'register.area_code') }} as edge_high,
        {{ policy('poverty_line', 'register.area_code') }} as poverty_line,
        {{ policy('cliff_band', 'register.area_code') }} as cliff_band,
        coalesce({{ policy('edge_low_incl', 'register.area_code', 'text') }}, 'true') = 'true' as low_counts,
        coalesce({{ policy('edge_high_incl', 'register.area_code', 'text') }}, 'true') = 'true' as high_counts
    from register
    left join {{ ref('int_household_members') }} as members
        on case when register.is_register then register.household_key end = members.household_key
    left join {{ ref('int_housing_facts') }} as housing
        on register.household_key = housing.household_key
    left join {{ ref('int_water_facts') }} as water
        on register.household_key = water.household_key
    left join exit_villages
        on register.area_code = exit_villages.area_code
),

judged as (
    select
        *,
        coalesce(is_register and attr <> 'tekun' and npc < dibao_line, false) as is_dibao_due,
        coalesce(not is_register and npc < poverty_line, false) as is_missed,
        coalesce(not is_register and npc > poverty_line and npc <= poverty_line * cliff_band, false) as is_at_cliff,
        case
            when is_register and status in ('not_out', 'planned', 'relapsed', 'reverted') then null
            when not is_register and coalesce(hh_kind, '') not in ('edge', 'sudden') then null
            when npc is null then 'npc_missing'
            when edge_low is null or edge_high is null then 'band_missing'
            when (npc < edge_low or npc = edge_low and not low_counts) and is_register then 'npc_below_band'
            when npc < edge_low or npc = edge_low and not low_counts then 'off_below_band'
            when not is_register and npc < poverty_line then 'off_poor'
            when npc < edge_high or npc = edge_high and high_counts then null
            when not is_register then 'off_above_band'
            when
                has_open_person_guarantee
                or not coalesce(housing_ok, false)
                or not coalesce(water_ok, false)
                then 'guarantee_open'
        end as card_reason
    from joined
)

select
    *,
    case
        when card_reason is not null then 'review'
        when is_register and status in ('not_out', 'planned', 'relapsed', 'reverted') then 'red'
        when not is_register and coalesce(hh_kind, '') not in ('edge', 'sudden') then null
        when not is_register then 'blue'
        when npc < edge_high or npc = edge_high and high_counts then 'yellow'
        else 'green'
    end as card
from judged
