"""What we know about air, time and runs: pure, no clock, no I/O."""
