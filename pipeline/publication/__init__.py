"""What is in force: publishing a candidate, its copies, what changed since the last one, and reading it."""
