"""Great Expectations on DuckDB: the landing and the publication gate."""
