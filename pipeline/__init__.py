"""The steps of a night as plain functions, one module a verb; dags/ and the CLI call the same ones."""
