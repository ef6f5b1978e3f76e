"""Feature flags and kill switches: what they are, who gets which variant, and why. Pure: no clock, file or network.

The collector serves what is evaluated here (OFREP), the command explains it, the records keep what a command set.
"""

from leadline.flags.definition import (
    TARGETING_KEY,
    Condition,
    Context,
    Flag,
    FlagState,
    Override,
    Ring,
    Rule,
    Variants,
)
from leadline.flags.evaluation import Evaluation, EvaluationFailed, FlagSet
from leadline.flags.flag_problems import find_problems
from leadline.flags.share import bucket_of
from leadline.flags.snapshot import Snapshot, decode_snapshot, encode_snapshot, in_force

__all__ = [
    "TARGETING_KEY",
    "Condition",
    "Context",
    "Evaluation",
    "EvaluationFailed",
    "Flag",
    "FlagSet",
    "FlagState",
    "Override",
    "Ring",
    "Rule",
    "Snapshot",
    "Variants",
    "bucket_of",
    "decode_snapshot",
    "encode_snapshot",
    "find_problems",
    "in_force",
]
