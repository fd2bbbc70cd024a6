"""A synthetic county whose departments drop files, and the truth about what was wrong in them.

Data in: the data contracts. Data out: files in the shapes departments use, and truth tables.
Not here: anything that reads what the product made of those files.
"""

from simulator.scenario import SimulationReport, simulate

__all__ = ["SimulationReport", "simulate"]
