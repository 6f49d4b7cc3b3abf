"""Hardware profiles: data files that price operations, checked number by number."""
