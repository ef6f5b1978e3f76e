"""Dark launch: `from leadline import compare` runs a candidate beside the trusted code and returns the trusted answer.

The candidate runs off the user's path: after the trusted answer is there, in a thread or task of its own, capped and
with a timeout. What differs is kept by signature, bounded, and sent to a collector as events. It is loaded into other
people's services: it needs msgspec alone, and imports what few calls need when they need it.
"""

from leadline.darklaunch.candidates import WriteRefused
from leadline.darklaunch.comparison import Comparison
from leadline.darklaunch.doors import Compare, compare
from leadline.darklaunch.outcomes import Mismatch

__all__ = ["Compare", "Comparison", "Mismatch", "WriteRefused", "compare"]
