"""PostgreSQL under our own supervisor. No Django in here.

>>> cluster = Cluster(folder)
>>> cluster.start()
'started'
"""

from wabolt.site.postgres.cluster import Cluster, StartResult
from wabolt.site.postgres.errors import ClusterError

__all__ = ["Cluster", "ClusterError", "StartResult"]
