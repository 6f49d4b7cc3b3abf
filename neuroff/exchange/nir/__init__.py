"""NIR files, both ways."""
