"""What comes in, from a provider's door to the conversation, over all providers alike."""
