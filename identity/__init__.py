"""Which register person a row is about: tokens, the identity vault, exact resolution."""
