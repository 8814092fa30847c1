"""Incoming messages of all providers, from the provider's entrance to the conversation."""
