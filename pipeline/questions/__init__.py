"""What an officer asks of a publication: rows, lists, totals, changes, flips, one person in clear."""
