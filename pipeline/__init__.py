"""The steps as plain functions, one module a verb; dags/ and the CLI call the same ones.

The packages stand in layers, named in pyproject.toml and kept by import-linter; the modules beside them are what every
step knows of a home: its settings, policy values, keys, records, audit log.
"""
