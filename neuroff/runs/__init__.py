"""A run kept in a folder, and finished stages that runs share."""
