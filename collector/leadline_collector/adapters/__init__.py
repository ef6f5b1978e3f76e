"""The seam for other clients' formats: an adapter is one file that turns a request into beacons.

It is pure (bytes in, beacons out) and knows nothing of steps, limits or the log. `/reports` is the first.
"""

from leadline_collector.adapters.reports import REPORTS
from leadline_collector.adapters.seam import Accepted, Adapter, Foreign

ADAPTERS: tuple[Adapter, ...] = (REPORTS,)

__all__ = ["ADAPTERS", "Accepted", "Adapter", "Foreign"]
