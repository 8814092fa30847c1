"""Code without models that every room may use: clock, phone numbers, money, dates, tables, jobs, leases, views.

Nothing here imports another room. `tables/` reads uploaded files, `limited.py` opens them in a process with limits
(`workers/` is the code in that process), `columns.py` and `known_files.py` recognise columns.
"""
