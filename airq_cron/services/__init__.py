"""Use-cases: one verb a module; they take ports and return values."""
