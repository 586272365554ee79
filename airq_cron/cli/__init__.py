"""The command line: `airq`."""
