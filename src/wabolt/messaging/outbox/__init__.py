"""The outbox: policy, pace, queueing, lanes, contents, clicks and prices."""
