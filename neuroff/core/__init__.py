"""What a network is and how it learns: torch tensors and pure functions, no configuration and no files."""
