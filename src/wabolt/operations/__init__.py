"""Operation of an installation: heartbeats of its processes, readiness, metrics, recent problems, new versions.

Owns the models `Process` (heartbeats and counts of processes) and `LatestRelease`. Registers the alerts "disk is full",
"disk is nearly full" and "new version", and the pages "Recent problems" and "Version" under Settings. `site` starts the
heartbeats and answers `/healthz`, `/readyz` and `/metrics` with `queries`. Rooms add their own metrics with
`lib.metrics.register_figures`. Start reading in `services/beating.py` and `queries/`.
"""
