"""Intake: raw events become messages, receipts and files; opt-outs and responders follow."""
