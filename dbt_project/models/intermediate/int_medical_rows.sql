-- Grain: one row per insurance row of the year of as_of that concerns, or may concern, a register person.
{{ person_rows(
    ref('stg_medical__enrolments'),
    ['scheme', 'ins_state', 'paid_on'],
    condition='sector_row.ins_year = cast(' ~ year_of(as_of()) ~ ' as varchar)',
) }}
