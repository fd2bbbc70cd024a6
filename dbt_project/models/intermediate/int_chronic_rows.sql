-- Grain: one row per row of the chronic disease list that concerns, or may concern, a register person.
{{ person_rows(
    ref('stg_medical__chronic_visits'),
    ['disease', 'doctor', 'year_start', 'year_end', 'registered_on', 'contract_from', 'contract_to', 'visit_on', 'checkup_on'],
) }}
