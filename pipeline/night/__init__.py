"""One night from its first step to its last, and what it sends to departments beside their issues."""
