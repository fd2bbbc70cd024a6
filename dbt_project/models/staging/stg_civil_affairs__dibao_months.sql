-- Grain: one row per month and county on record: rural people on the subsistence allowance.
{%- set month = "substr(scope_key, 1, 4) || '-' || substr(scope_key, 5, 2)" %}
{%- set county = "'" ~ var('county') ~ "'" %}
{%- if var('county') | length < 6 %}
{%- set county = "substr(coalesce(village_code, " ~ county ~ "), 1, 6)" %}
{%- endif %}
{{ current_rows('civil_affairs', 'dibao') }}

select
    {{ month }} as month,
    {{ county }} as county_code,
    count(distinct case
        when
            coalesce(kind, 'rural') = 'rural'
            and coalesce(from_month <= {{ month }}, true)
            and coalesce(to_month >= {{ month }}, true)
            then coalesce(person_key || '|' || name_norm, row_key)
    end) as people
from current_rows
group by {{ month }}{{ ', ' ~ county if var('county') | length < 6 }}
