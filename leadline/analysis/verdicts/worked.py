"""What was worked out of the blocks of closed minutes, so that the next look works on those that came since.

Blocks are only ever added to, so their ranks and running sums stay: extended, they are what working on all would give,
to the last bit. Holds for one sequence of blocks; whoever reads it anew begins with an empty one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from leadline.analysis.verdicts.blocks import BinBlocks, Ints
from leadline.analysis.verdicts.quantile_change import QuantileSums, extend_quantile_sums, quantile_sums
from leadline.analysis.verdicts.ranks import RankBlocks, join_rank_blocks, rank_blocks

# Of a metric: how far its values are shifted, and by which thresholds.
_RankKey = tuple[str, int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Worked:
    """For any thread: what is found is replaced as a whole, and used only by a look at the same minute or later."""

    ranks: dict[_RankKey, tuple[int, RankBlocks]] = field(default_factory=dict)
    sums: dict[str, tuple[int, QuantileSums]] = field(default_factory=dict)

    def rank_blocks(self, name: str, blocks: BinBlocks, until: int, *, shift: int, thresholds: Ints) -> RankBlocks:
        """As `ranks.rank_blocks`. `until`: the last minute of `blocks`, whether or not it has any."""
        key = (name, shift, tuple(thresholds.tolist()))
        known = self.ranks.get(key)
        if known is None or known[0] > until:
            found = rank_blocks(blocks, shift=shift, thresholds=thresholds)
        else:
            later = rank_blocks(blocks.after(known[0]), shift=shift, thresholds=thresholds)
            found = join_rank_blocks(known[1], later)
        if known is None or known[0] <= until:
            for other in [one for one in list(self.ranks) if one[0] == name]:  # rules that are no longer asked for
                self.ranks.pop(other, None)
            self.ranks[key] = (until, found)
        return found

    def quantile_sums(self, name: str, blocks: BinBlocks, until: int) -> QuantileSums:
        """As `quantile_change.quantile_sums`."""
        known = self.sums.get(name)
        if known is None or known[0] > until:
            found = quantile_sums(blocks)
        else:
            found = extend_quantile_sums(known[1], blocks.after(known[0])) or quantile_sums(blocks)
        if known is None or known[0] <= until:
            self.sums[name] = (until, found)
        return found

    @property
    def size_bytes(self) -> int:
        arrays: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = []
        for _, ranks in list(self.ranks.values()):
            arrays += [ranks.na, ranks.nb, ranks.s, ranks.v, ranks.above_a, ranks.above_b]
        for _, sums in list(self.sums.values()):
            arrays += [sums.canary, sums.baseline, sums.canary_n, sums.baseline_square]
        return sum(int(array.nbytes) for array in arrays)
