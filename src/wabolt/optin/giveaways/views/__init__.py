"""Pages of giveaways, for members."""
