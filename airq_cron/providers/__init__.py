"""Upstreams and file forms: one module each."""
