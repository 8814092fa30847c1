"""Templates that a vendor approves before they may be sent."""
