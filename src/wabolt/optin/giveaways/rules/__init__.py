"""Pure decisions of giveaways."""
