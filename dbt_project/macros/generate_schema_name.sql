{#- Schemas are named as written (staging, intermediate, rules, marts, seeds): readers address them by name. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
