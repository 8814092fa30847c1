"""Code that runs in a process with limits (`lib.limited`). Each module has `run(options, data) -> (facts, bytes)`.

A worker imports the standard library, its parser and other workers. It must not import the rest of WABolt: starting
the process has to stay cheap.
"""
