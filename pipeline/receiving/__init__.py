"""From a file in a drop folder to its rows in the warehouse: claimed, read, gated, answered, committed; or held."""
