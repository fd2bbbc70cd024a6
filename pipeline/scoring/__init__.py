"""How a run compares with the truth of a simulated county."""
