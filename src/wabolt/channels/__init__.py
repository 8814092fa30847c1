"""Channels: connected WhatsApp numbers, their providers, and the raw events that providers store.

Owns: Channel, RawEvent, and the models of each provider (`providers/{simulator,linked,cloud}`, each with its own views,
forms, templates, URLs and tests). Registers: navigation entries, audit labels, alerts of numbers that send nothing.
Upper rooms register lanes, contacts and statistics in `registry`. Start reading in `registry.contract`, the contract of
a provider, and `docs/providers.md`.
"""
