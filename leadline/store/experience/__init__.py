"""What users of each version experienced: from rows if there are few, from rollups if there are many.

`read_experience` takes one snapshot, chooses the source, and returns it with its time and error bound.
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
