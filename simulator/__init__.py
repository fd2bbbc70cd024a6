"""A synthetic county whose departments drop files, and the truth about what it corrupted."""
