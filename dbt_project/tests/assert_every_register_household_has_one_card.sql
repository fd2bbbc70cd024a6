-- Every register household has a card, and one under review says why.
select household_key
from {{ ref('one_table_household') }}
where
    (is_register and card is null)
    or (card = 'review' and card_reason is null)
    or (card <> 'review' and card_reason is not null)
