"""WABolt: a shop's contacts, their consent and its WhatsApp messages, on one small machine."""

__version__ = "0.1.0"
