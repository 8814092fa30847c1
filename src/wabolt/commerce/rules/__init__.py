"""Pure decisions of commerce."""
