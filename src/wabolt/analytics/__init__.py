"""Analytics: the dashboard, the report of a broadcast, and the attribution of orders to broadcasts and journeys.

Owns: Attribution and TouchedContact. Registers: the page "Home", the report on a broadcast's page, the revenue in the
list of broadcasts, and the consumer that keeps the attribution up to date. Start reading in `queries/attribution.py`,
then `queries/report.py`.
"""
