"""PostgreSQL under WABolt's own supervision. This package imports no Django.

>>> cluster = Cluster(folder)
>>> cluster.start()
'started'
"""

from wabolt.site.postgres.cluster import Cluster, StartResult
from wabolt.site.postgres.errors import ClusterError

__all__ = ["Cluster", "ClusterError", "StartResult"]
