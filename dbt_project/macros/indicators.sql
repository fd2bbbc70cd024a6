{#-
    Every indicator once: the relation whose rows it counts, and which rows are in numerator, denominator and unknown.
    int_indicator_bases adds them up; indicator_members says for each subject which numbers it counts in, so that the
    rows behind a number and the number itself cannot part. Words, target and owner: seeds/indicators_registry.csv.
-#}
{% macro indicator_facts() -%}
    {%- set dangerous = "household.is_register and household.housing_grade in ('C', 'D', 'N')" -%}
    {%- set insurable = "person.insurance_verdict in ('pass', 'fail', 'unknown')" -%}
    {%- set left_now = "exit_check.status in ('out_policy', 'out_no_policy', 'out_unknown') and exit_check.exit_year = "
        ~ year_of(as_of()) -%}
    {%- set settled = "claim.total > 0 and claim.layers_paid <= claim.total and " ~ year_of('claim.discharge_on') ~ " = "
        ~ year_of(as_of()) ~ " and claim.discharge_on <= " ~ as_of() -%}
    {%- set settled_in = settled ~ " and claim.is_in_county and coalesce(claim.designated, true)" -%}
    {%- set settled_out = settled ~ " and not claim.is_in_county and claim.referred" -%}
    {%- set school_due = "person.school_verdict <> 'not_due' and not coalesce(person.is_excused, false)" -%}
    {%- set at_stage = 'pupil.is_supported and pupil.stage = ' -%}
    {%- set county = "'" ~ var('county') ~ "'" -%}
    {%- set found_counts = policy('rate_base', county, 'text') ~ " = 'register_union_found'" -%}
    {{ return([
        {'indicator': 'jd_persons', 'relation': 'person', 'numerator': 'true'},
        {'indicator': 'not_out_persons', 'relation': 'person', 'numerator': "household.status = 'not_out'"},
        {
            'indicator': 'ins_rate', 'relation': 'person', 'numerator': "person.insurance_verdict = 'pass'",
            'denominator': "person.insurance_verdict in ('pass', 'fail', 'unknown')",
            'unknown': "person.insurance_verdict = 'unknown'",
        },
        {
            'indicator': 'ins_paid_persons', 'relation': 'person',
            'numerator': 'not person.is_dead and person.is_insured',
        },
        {
            'indicator': 'ins_unpaid_persons', 'relation': 'person',
            'numerator': "person.insurance_verdict = 'fail' and person.has_unpaid_row",
        },
        {
            'indicator': 'ins_exempt_persons', 'relation': 'person', 'numerator': "person.insurance_verdict = 'exempt'",
        },
        {
            'indicator': 'in_school_rate', 'relation': 'person', 'numerator': school_due ~ ' and person.is_in_school',
            'denominator': school_due, 'unknown': "person.school_verdict = 'unknown'",
        },
        {
            'indicator': 'dropout_persons', 'relation': 'person',
            'numerator': "person.school_verdict = 'fail' and person.is_dropout",
        },
        {
            'indicator': 'dropout_poor_persons', 'relation': 'person',
            'numerator': "person.school_verdict = 'fail' and person.is_dropout_from_poverty",
            'unknown': "person.school_verdict = 'fail' and person.is_dropout_unexplained",
        },
        {
            'indicator': 'home_persons', 'relation': 'person',
            'numerator': "person.school_verdict <> 'not_due' and person.is_taught_at_home",
        },
        {
            'indicator': 'water_safe_rate', 'relation': 'person', 'numerator': 'household.water_ok',
            'denominator': 'true', 'unknown': 'household.water_ok is null',
        },
        {
            'indicator': 'water_safe_full', 'relation': 'person', 'numerator': 'household.water_ok',
            'denominator': 'true', 'unknown': 'household.water_ok is null',
        },
        {'indicator': 'dibao_jd_persons', 'relation': 'person', 'numerator': 'person.is_dibao'},
        {'indicator': 'jd_hh', 'relation': 'household', 'numerator': 'household.is_register'},
        {'indicator': 'edge_hh', 'relation': 'household', 'numerator': 'household.hh_kind is not null'},
        {
            'indicator': 'safe_house_rate', 'relation': 'household',
            'numerator': 'household.is_register and household.housing_ok', 'denominator': 'household.is_register',
            'unknown': 'household.is_register and household.housing_ok is null',
        },
        {
            'indicator': 'dibao_cover_rate', 'relation': 'household',
            'numerator': 'household.is_dibao_due and household.has_dibao', 'denominator': 'household.is_dibao_due',
        },
        {'indicator': 'card_red', 'relation': 'household', 'numerator': "household.card = 'red'"},
        {'indicator': 'card_yellow', 'relation': 'household', 'numerator': "household.card = 'yellow'"},
        {'indicator': 'card_green', 'relation': 'household', 'numerator': "household.card = 'green'"},
        {'indicator': 'card_blue', 'relation': 'household', 'numerator': "household.card = 'blue'"},
        {'indicator': 'card_review', 'relation': 'household', 'numerator': "household.card = 'review'"},
        {
            'indicator': 'retro_started', 'relation': 'project',
            'numerator': 'project.started_on is not null or project.progress_step >= 1',
        },
        {
            'indicator': 'retro_done', 'relation': 'project',
            'numerator': 'project.completed_on is not null or project.progress_step >= 3',
        },
        {'indicator': 'retro_paid', 'relation': 'project', 'numerator': 'project.is_fully_paid'},
        {'indicator': 'dibao_persons', 'relation': 'allowance', 'numerator': 'true'},
        {
            'indicator': 'dibao_rural_rate', 'relation': 'allowance', 'numerator': 'population.pop_total is not null',
            'unknown': 'population.pop_total is null',
        },
        {
            'indicator': 'dibao_rural_rate', 'relation': 'coverage', 'denominator': 'coverage.pop_total is not null',
            'denominator_count': 'coverage.pop_total',
        },
        {
            'indicator': 'aid_rate', 'relation': 'pupil', 'numerator': 'pupil.is_supported and pupil.is_aided',
            'denominator': 'pupil.is_supported',
        },
        {
            'indicator': 'aid_rate_pre', 'relation': 'pupil', 'numerator': at_stage ~ "'pre' and pupil.is_aided",
            'denominator': at_stage ~ "'pre'",
        },
        {
            'indicator': 'aid_rate_prim', 'relation': 'pupil', 'numerator': at_stage ~ "'prim' and pupil.is_aided",
            'denominator': at_stage ~ "'prim'",
        },
        {
            'indicator': 'aid_rate_jun', 'relation': 'pupil', 'numerator': at_stage ~ "'jun' and pupil.is_aided",
            'denominator': at_stage ~ "'jun'",
        },
        {
            'indicator': 'aid_rate_sen', 'relation': 'pupil', 'numerator': at_stage ~ "'sen' and pupil.is_aided",
            'denominator': at_stage ~ "'sen'",
        },
        {
            'indicator': 'aid_rate_voc', 'relation': 'pupil', 'numerator': at_stage ~ "'voc' and pupil.is_aided",
            'denominator': at_stage ~ "'voc'",
        },
        {'indicator': 'exited_villages', 'relation': 'village', 'numerator': 'village.is_exited'},
        {
            'indicator': 'rural_safe_house_rate', 'relation': 'rural', 'numerator': 'rural.hh_total > 0',
            'denominator': 'rural.hh_total > 0', 'unknown': 'rural.hh_total > rural.appraised_homes',
            'numerator_count': 'rural.certified_homes', 'denominator_count': 'rural.hh_total',
            'unknown_count': 'rural.hh_total - rural.appraised_homes',
        },
        {'indicator': 'retro_task', 'relation': 'project', 'numerator': 'true'},
        {
            'indicator': 'retro_done_rate', 'relation': 'project', 'denominator': 'true',
            'numerator': 'project.completed_on is not null or project.progress_step >= 3',
        },
        {
            'indicator': 'danger_solved_rate', 'relation': 'household',
            'numerator': dangerous ~ ' and household.housing_ok', 'denominator': dangerous,
        },
        {
            'indicator': 'exit_safe_house_rate', 'relation': 'household',
            'numerator': 'household.is_exit_household and household.housing_ok'
                ~ ' and (household.housing_certified or household.retrofit_done_on is not null)',
            'denominator': 'household.is_exit_household',
            'unknown': 'household.is_exit_household and household.housing_ok is null',
        },
        {
            'indicator': 'voc_placed_rate', 'relation': 'person',
            'numerator': 'person.is_vocational_graduate and not person.is_dead and person.is_placed',
            'denominator': 'person.is_vocational_graduate and not person.is_dead',
        },
        {
            'indicator': 'exit_person_water_rate', 'relation': 'person',
            'numerator': 'household.is_exit_household and household.water_ok',
            'denominator': 'household.is_exit_household',
            'unknown': 'household.is_exit_household and household.water_ok is null',
        },
        {
            'indicator': 'exit_village_water_rate', 'relation': 'person',
            'numerator': 'household.is_exit_village and household.water_ok',
            'denominator': 'household.is_exit_village',
            'unknown': 'household.is_exit_village and household.water_ok is null',
        },
        {
            'indicator': 'tap_rate', 'relation': 'person', 'numerator': 'household.has_tap', 'denominator': 'true',
            'unknown': 'household.has_tap is null',
        },
        {
            'indicator': 'water_surveyed_rate', 'relation': 'household',
            'numerator': 'household.is_register and household.has_water_survey',
            'denominator': 'household.is_register',
        },
        {
            'indicator': 'water_open_hh', 'relation': 'household',
            'numerator': 'household.is_register and not coalesce(household.water_ok, false)',
        },
        {
            'indicator': 'central_supply_rate', 'relation': 'household',
            'numerator': "household.is_register and household.water_mode = 'central'",
            'denominator': 'household.is_register',
            'unknown': 'household.is_register and household.water_mode is null',
        },
        {
            'indicator': 'special_rate', 'relation': 'person',
            'numerator': insurable ~ ' and person.is_special_insured', 'denominator': insurable,
            'unknown': "person.insurance_verdict = 'unknown'",
        },
        {
            'indicator': 'identified_rate', 'relation': 'household', 'numerator': 'household.is_register',
            'denominator': 'household.is_register or (household.is_missed and ' ~ found_counts ~ ')',
        },
        {'indicator': 'cliff_hh', 'relation': 'household', 'numerator': 'household.is_at_cliff'},
        {
            'indicator': 'exit_pass_rate', 'relation': 'exit', 'numerator': left_now ~ " and exit_check.exit_state = 'ok'",
            'denominator': left_now, 'unknown': left_now ~ " and exit_check.exit_state = 'unknown'",
        },
        {
            'indicator': 'not_out_ready_rate', 'relation': 'exit',
            'numerator': "exit_check.status = 'not_out' and exit_check.basic_state = 'ok'",
            'denominator': "exit_check.status = 'not_out'",
            'unknown': "exit_check.status = 'not_out' and exit_check.basic_state = 'unknown'",
        },
        {
            'indicator': 'chronic_rate', 'relation': 'chronic', 'numerator': 'patient.is_contracted',
            'denominator': 'true', 'unknown': 'not patient.is_contracted'
                ~ ' and (not patient.is_listed or (patient.is_contract_undated and not patient.was_contracted))',
        },
        {
            'indicator': 'reimb_in_rate', 'relation': 'claim', 'numerator': settled_in, 'denominator': settled_in,
            'numerator_amount': 'claim.layers_paid', 'denominator_amount': 'claim.total',
        },
        {
            'indicator': 'reimb_out_rate', 'relation': 'claim', 'numerator': settled_out, 'denominator': settled_out,
            'numerator_amount': 'claim.layers_paid', 'denominator_amount': 'claim.total',
        },
        {'indicator': 'tekun_persons', 'relation': 'tekun', 'numerator': 'tekun.is_in_force'},
        {
            'indicator': 'dsub_persons', 'relation': 'subsidy',
            'numerator': 'subsidy.is_in_force'
                ~ ' and coalesce(subsidy.living_amt, 0) + coalesce(subsidy.care_amt, 0) > 0',
        },
        {
            'indicator': 'correction_rate', 'relation': 'correction',
            'numerator': 'correction.acknowledged_on is not null or correction.applied_on is not null',
            'denominator': 'true',
        },
        {
            'indicator': 'cert_rate', 'relation': 'disabled', 'numerator': 'person.has_certificate',
            'denominator': 'true',
        },
    ]) }}
{%- endmacro %}

{#- What a subject adds to a number: one, or an amount of money in fen or a count where the fact names one. -#}
{% macro counted_as(fact, part) -%}
    {%- if fact[part ~ '_amount'] -%}
    cast(round({{ fact[part ~ '_amount'] }} * power(10, 2)) as bigint)
    {%- elif fact[part ~ '_count'] -%}
    {{ fact[part ~ '_count'] }}
    {%- else -%}
    1
    {%- endif -%}
{%- endmacro %}

{#- What a subject adds to the numbers of its relation that count it: one, or its money or count where they have one. -#}
{% macro counted_in(relation, part) -%}
    {%- set sums = [] -%}
    {%- for fact in indicators_of(relation) if fact[part ~ '_amount'] or fact[part ~ '_count'] -%}
        {%- do sums.append(fact) -%}
    {%- endfor -%}
    {%- if sums -%}
    case
        {%- for fact in sums %}
        when {{ fact[part] }} then cast({{ counted_as(fact, part) }} as bigint)
        {%- endfor %}
    end
    {%- else -%}
    cast(1 as bigint)
    {%- endif -%}
{%- endmacro %}

{#- Indicators of one relation. -#}
{% macro indicators_of(relation) -%}
    {{ return(indicator_facts() | selectattr('relation', 'equalto', relation) | list) }}
{%- endmacro %}

{#- The relations that indicators count, in the order in which they are united. -#}
{% macro indicator_relations() -%}
    {{ return([
        'person', 'household', 'project', 'allowance', 'pupil', 'village', 'exit', 'chronic', 'claim', 'tekun', 'subsidy',
        'disabled', 'rural', 'coverage', 'correction',
    ]) }}
{%- endmacro %}

{#- Key, label and area of a relation's subjects, as SQL. -#}
{% macro indicator_subject(relation) -%}
    {{ return({
        'person': {
            'type': 'person', 'key': 'person.person_uid', 'area': 'person.area_code',
            'label': person_label('person'),
        },
        'household': {
            'type': 'household', 'key': 'household.household_key', 'area': 'household.area_code',
            'label': household_label('household'),
        },
        'project': {
            'type': 'project', 'key': "project.household_key || '/' || project.project_key",
            'area': 'coalesce(household.area_code, project.village_code)',
            'label': "coalesce(" ~ household_label('household') ~ ", '') || '改造项目' || project.project_key",
        },
        'village': {
            'type': 'village', 'key': 'village.area_code', 'area': 'village.area_code', 'label': 'village.area_name',
        },
        'correction': {
            'type': 'record', 'key': 'correction.issue_id', 'area': 'correction.area_code',
            'label': 'correction.subject_label',
        },
        'rural': {
            'type': 'village', 'key': 'rural.area_code', 'area': 'rural.area_code', 'label': 'rural.area_name',
        },
        'coverage': {
            'type': 'village', 'key': 'coverage.area_code', 'area': 'coverage.area_code', 'label': 'coverage.area_name',
        },
        'pupil': {
            'type': 'person', 'key': 'pupil.person_uid', 'area': 'pupil.area_code', 'label': person_label('pupil'),
        },
        'allowance': {
            'type': 'record', 'key': 'dibao.row_key', 'area': 'coalesce(person.area_code, dibao.village_code)',
            'label': masked_name('dibao.name') ~ " || '(低保证号' || dibao.case_no || ')'",
        },
        'exit': {
            'type': 'person', 'key': 'person.person_uid', 'area': 'person.area_code',
            'label': person_label('person'),
        },
        'chronic': {
            'type': 'person', 'key': 'patient.person_uid', 'area': 'patient.area_code',
            'label': person_label('patient'),
        },
        'claim': {
            'type': 'case', 'key': 'claim.row_key', 'area': 'claim.area_code',
            'label': person_label('claim') ~ " || cast(claim.discharge_on as varchar) || '出院'",
        },
        'tekun': {
            'type': 'record', 'key': 'tekun.row_key', 'area': 'coalesce(person.area_code, tekun.village_code)',
            'label': masked_name('tekun.name'),
        },
        'subsidy': {
            'type': 'record', 'key': 'subsidy.row_key', 'area': 'coalesce(person.area_code, subsidy.village_code)',
            'label': masked_name('subsidy.name'),
        },
        'disabled': {
            'type': 'person', 'key': 'person.person_uid', 'area': 'person.area_code',
            'label': person_label('person'),
        },
    }[relation]) }}
{%- endmacro %}

{#- From clause of a relation. -#}
{% macro indicator_source(relation) -%}
    {%- if relation == 'person' -%}
    from {{ ref('int_persons') }} as person
    left join {{ ref('int_households') }} as household
        on person.household_key = household.household_key and household.is_register
    {%- elif relation == 'village' -%}
    {%- set exited = "village_type = 'poor' and exited_on <= " ~ as_of() %}
    from ({{ every_village('max(case when ' ~ exited ~ ' then 1 else 0 end) = 1 as is_exited') }}) as village
    {%- elif relation == 'correction' -%}
    -- A correction of a township's or the county's total is no village's: numbers of villages add up to the county's.
    from (
        select * from {{ ref('stg_ledger__corrections') }} where length(area_code) = 12
    ) as correction
    {%- elif relation == 'rural' -%}
    from (
        select
            village.area_code,
            village.area_name,
            village.hh_total,
            coalesce(homes.appraised_homes, 0) as appraised_homes,
            coalesce(homes.certified_homes, 0) as certified_homes
        from ({{ every_village('max(hh_total) as hh_total') }}) as village
        left join (
            select
                coalesce(household.area_code, dwelling.village_code) as area_code,
                count(*) as appraised_homes,
                sum(case
                    when dwelling.housing_ok and (dwelling.certified or dwelling.retrofit_done_on is not null) then 1
                    else 0
                end) as certified_homes
            from {{ ref('int_housing_facts') }} as dwelling
            left join {{ ref('int_register_households') }} as household
                on dwelling.household_key = household.household_key
            group by coalesce(household.area_code, dwelling.village_code)
        ) as homes
            on village.area_code = homes.area_code
    ) as rural
    {%- elif relation == 'pupil' -%}
    from {{ ref('int_pupils') }} as pupil
    {%- elif relation == 'household' -%}
    from {{ ref('int_households') }} as household
    {%- elif relation == 'project' -%}
    from {{ ref('int_retrofit_projects') }} as project
    left join {{ ref('int_register_households') }} as household
        on project.household_key = household.household_key
    where project.batch_year = {{ year_of(as_of()) }}
    {%- elif relation == 'exit' -%}
    from {{ ref('int_persons') }} as person
    inner join {{ ref('int_exit_checks') }} as exit_check
        on person.household_key = exit_check.household_key
    {%- elif relation == 'chronic' -%}
    from {{ ref('int_chronic_patients') }} as patient
    {%- elif relation == 'claim' -%}
    from {{ ref('int_claims') }} as claim
    {%- elif relation == 'disabled' -%}
    from {{ ref('int_disabled_persons') }} as person
    {%- elif relation in ('tekun', 'subsidy') -%}
    from {{ ref('int_tekun_rows' if relation == 'tekun' else 'int_disability_rows') }} as {{ relation }}
    left join {{ ref('int_register_persons') }} as person
        on {{ relation }}.person_uid = person.person_uid
    {%- elif relation == 'coverage' -%}
    from ({{ every_village('max(pop_total) as pop_total') }}) as coverage
    {%- else -%}
    -- who draws it under two certificates is one person
    from (
        select
            row_key,
            person_uid,
            village_code,
            name,
            case_no,
            row_number() over (
                partition by
                    coalesce(person_uid, person_key || '|' || name_norm || '|' || substr(village_code, 1, 6), row_key)
                order by case_no asc, row_key asc, submission_id asc, sheet asc, row_no asc
            ) as place
        from {{ ref('int_dibao_rows') }}
        where is_in_force and is_rural
    ) as dibao
    left join {{ ref('int_register_persons') }} as person
        on dibao.person_uid = person.person_uid
    -- people in places whose population nobody has told are unknown: with them the share would be too high
    left join ({{ every_village('max(pop_total) as pop_total') }}) as population
        on coalesce(person.area_code, dibao.village_code) = population.area_code
    where dibao.place = 1
    {%- endif -%}
{%- endmacro %}
