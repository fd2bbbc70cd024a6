"""From the warehouse to a candidate of the one table: dbt, proposals, the publication gate, the name of a run."""
