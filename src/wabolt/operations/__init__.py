"""Looking after an installation: signs of life of its processes, readiness, metrics, recent problems, new versions.

Owns the models `Process` (heartbeats and counts of processes) and `LatestRelease`. Registers the alerts "disk is nearly
full" and "new version", and the pages "What happened" and "Version" under Settings. `site` starts the heartbeats and
answers `/healthz`, `/readyz` and `/metrics` with `queries`. Start reading in `services/beating.py` and `queries/`.
"""
