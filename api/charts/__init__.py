"""Charts as SVG: each says what it shows without colour, and where a gap is."""
