"""Officers' decisions about doubtful identities: pushed out, taken back, applied."""
