"""Dark launch: `from leadline import compare` runs a candidate beside the trusted code and returns the trusted answer.

The candidate does not delay the user: it runs after the trusted answer, in a separate thread or task, limited in
number and
with a timeout. Differences are kept by signature, bounded, and sent to a collector as events. It is loaded into other
people's services: it needs only msgspec, and imports rarely used modules on demand.
"""

from leadline.darklaunch.candidates import WriteRefused
from leadline.darklaunch.comparison import Comparison
from leadline.darklaunch.doors import Compare, compare
from leadline.darklaunch.outcomes import Mismatch

__all__ = ["Compare", "Comparison", "Mismatch", "WriteRefused", "compare"]
