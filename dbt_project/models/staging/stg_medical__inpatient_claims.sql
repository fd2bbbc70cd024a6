-- Grain: one row per settlement of one stay, or its reversal, in force on as_of.
{{ current_rows('medical', 'inpatient_claims') }}

select
    {{ person_row_columns() }},
    position,
    settle_id,
    hospital,
    place,
    reversal,
    codes,
    diagnosis,
    {{ yes_no('in_county') }} as in_county,
    {{ yes_no('referred') }} as referred,
    {{ yes_no('designated') }} as designated,
    {{ yes_no('one_stop') }} as one_stop,
    {{ date_of('admitted_on') }} as admitted_on,
    {{ date_of('discharge_on') }} as discharge_on,
    {{ date_of('settled_on') }} as settled_on,
    try_cast(total as decimal(14, 2)) as total,
    try_cast(in_scope as decimal(14, 2)) as in_scope,
    try_cast(paid_basic as decimal(14, 2)) as paid_basic,
    try_cast(paid_serious as decimal(14, 2)) as paid_serious,
    try_cast(paid_special as decimal(14, 2)) as paid_special,
    try_cast(paid_aid as decimal(14, 2)) as paid_aid,
    try_cast(paid_hospital as decimal(14, 2)) as paid_hospital,
    try_cast(paid_fiscal as decimal(14, 2)) as paid_fiscal,
    try_cast(deposit as decimal(14, 2)) as deposit
from current_rows
