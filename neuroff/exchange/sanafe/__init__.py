"""Files for SANA-FE, both ways."""
