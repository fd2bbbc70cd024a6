-- Grain: one row per appraisal of a dwelling, with the household it belongs to.
{{ household_rows(
    ref('stg_housing__appraisals'),
    ['subject_class', 'house_no', 'suspect', 'grade', 'appraised_on', 'lived_in', 'safe_by', 'certified'],
) }}
