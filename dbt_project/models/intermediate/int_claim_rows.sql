-- Grain: one row per inpatient settlement or reversal that concerns, or may concern, a register person.
{{ person_rows(
    ref('stg_medical__inpatient_claims'),
    [
        'position', 'settle_id', 'hospital', 'place', 'reversal', 'codes', 'diagnosis', 'in_county', 'referred',
        'designated', 'one_stop', 'admitted_on', 'discharge_on', 'settled_on', 'total', 'in_scope', 'paid_basic', 'paid_serious',
        'paid_special', 'paid_aid', 'paid_hospital', 'paid_fiscal', 'deposit',
    ],
) }}
