"""Pages of the numbers (`numbers`) and of the simulated phones (`phones`)."""
