"""What users of each version experienced: from rows where there are few, from rollups where there are many.

`read_experience` takes one snapshot, chooses, and says which source it took, as of when, and how far off it may be.
"""

from leadline.store.experience.asked import DIMENSIONS, Asked, Dimension, SliceBy
from leadline.store.experience.parts import Experience, Key, Kpi, Part, Source
from leadline.store.experience.source_choice import RAW_VIEWS, read_experience

__all__ = [
    "DIMENSIONS",
    "RAW_VIEWS",
    "Asked",
    "Dimension",
    "Experience",
    "Key",
    "Kpi",
    "Part",
    "SliceBy",
    "Source",
    "read_experience",
]
