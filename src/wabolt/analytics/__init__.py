"""Analytics: the dashboard, the report of a broadcast, and the attribution of orders to broadcasts.

Owns no tables. Registers: the page "Home", the report on a broadcast's page, the revenue in the list of broadcasts, and
the kept figures of the dashboard. Start reading in `queries/attribution.py`, then `queries/report.py`.
"""
