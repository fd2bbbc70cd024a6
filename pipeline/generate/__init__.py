"""What is written into the dbt project from its one source, and committed."""
