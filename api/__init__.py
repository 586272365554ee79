"""The Flask process: HTTP vocabulary stops here."""
