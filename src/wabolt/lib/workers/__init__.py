"""Code that runs in a limited process (`lib.limited`). Each module has `run(options, source) -> (facts, bytes)`.

A worker imports the standard library, its parser and other workers, but not the rest of WABolt, so that the process
starts fast.
"""
