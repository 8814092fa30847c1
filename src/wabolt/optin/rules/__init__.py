"""Pure rules of opt-in: codes, and what an arriving code leads to."""
