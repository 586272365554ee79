"""What Redis holds: measuring only; losing it loses no run and no reading."""
