"""Results from the blocks of closed minutes, kept so that the next look only computes newer minutes.

Blocks are only added, so their ranks and running sums stay valid: extended, they equal those computed from all,
to the last bit. Valid for one sequence of blocks; after reading it again, begin with an empty one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from leadline.analysis.verdicts.blocks import BinBlocks, Floats, Ints, ends_of
from leadline.analysis.verdicts.proportions import log_mean
from leadline.analysis.verdicts.quantile_change import QuantileSums, extend_quantile_sums, quantile_sums
from leadline.analysis.verdicts.ranks import RankBlocks, join_rank_blocks, rank_blocks

# For a metric: which test, and everything that it depends on.
Key = tuple[Hashable, ...]
Kept = TypeVar("Kept")
# For a metric: the shift of its values, and its thresholds.
_RankKey = tuple[str, int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Mixed:
    """The factors of some blocks, added up: after the last one, and as ln E at the end of each minute that has any."""

    sums: Floats
    minute: Ints
    log_e: Floats

    def go_on(self, minute: Ints, factors: Floats) -> Mixed:
        """With the factors (rows) of later blocks, one addition after the other, as if all were added at once."""
        if minute.size == 0:
            return self
        ends = ends_of(minute)
        if factors.shape[1] == 0:  # no sizes to test: ln E stays 0
            return Mixed(
                sums=self.sums,
                minute=np.concatenate((self.minute, minute[ends])),
                log_e=np.concatenate((self.log_e, np.zeros(ends.size))),
            )
        before = [self.sums[None, :]] if self.sums.size else []
        sums = np.cumsum(np.concatenate((*before, factors)), axis=0)[len(before) :]
        return Mixed(
            sums=sums[-1].copy(),
            minute=np.concatenate((self.minute, minute[ends])),
            log_e=np.concatenate((self.log_e, log_mean(sums[ends], axis=1))),
        )


_NOTHING = Mixed(sums=np.zeros(0), minute=np.zeros(0, dtype=np.int64), log_e=np.zeros(0))


@dataclass(frozen=True, slots=True)
class Worked:
    """For any thread: results are replaced as a whole, and used only by a look at the same minute or later."""

    ranks: dict[_RankKey, tuple[int, RankBlocks]] = field(default_factory=dict)
    sums: dict[str, tuple[int, QuantileSums]] = field(default_factory=dict)
    mixed: dict[Key, tuple[int, int, dict[str, Mixed]]] = field(default_factory=dict)
    values: dict[Key, tuple[int, Floats]] = field(default_factory=dict)

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
            for other in [one for one in list(self.ranks) if one[0] == name]:  # rules that are no longer in use
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

    def mixtures(
        self,
        key: Key,
        minute: Ints,
        members: Mapping[str, NDArray[np.bool_]],
        until: int,
        factors: Callable[[int], Floats],
    ) -> dict[str, Mixed]:
        """Of each group of blocks the mixture of its factors. `minute` is that of each block, `members` are the blocks
        of each group, `factors(n)` says those of the blocks from place n on. The first two parts of `key` are the
        metric and the test; another key of both was made by other rules, and goes.
        """
        known_until, done, groups = self.mixed.get(key, (until, 0, {}))
        is_later = known_until <= until and done <= minute.size
        if not is_later or set(groups) != set(members):
            done, groups = 0, {}
        new = factors(done)
        found = {
            name: groups.get(name, _NOTHING).go_on(minute[done:][is_in[done:]], new[is_in[done:]])
            for name, is_in in members.items()
        }
        if is_later:
            self._replace(self.mixed, key, (until, minute.size, found))
        return found

    def extended(self, key: Key, size: int, until: int, values: Callable[[int], Floats]) -> Floats:
        """`size` values, of which those at the first places stay what they were; `values(n)` are those from n on."""
        known_until, known = self.values.get(key, (until, np.zeros(0)))
        if known_until > until or known.size > size:
            return values(0)
        found = np.concatenate((known, values(known.size))) if known.size < size else known
        self._replace(self.values, key, (until, found))
        return found

    @staticmethod
    def _replace(kept: dict[Key, Kept], key: Key, value: Kept) -> None:
        if key not in kept:
            for other in [one for one in list(kept) if one[:2] == key[:2]]:
                kept.pop(other, None)
        kept[key] = value

    @property
    def size_bytes(self) -> int:
        arrays: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = []
        for _, ranks in list(self.ranks.values()):
            arrays += [ranks.na, ranks.nb, ranks.s, ranks.v, ranks.above_a, ranks.above_b]
        for _, sums in list(self.sums.values()):
            arrays += [sums.canary, sums.baseline, sums.canary_n, sums.baseline_square]
        for _, _, groups in list(self.mixed.values()):
            arrays += [part for mixed in groups.values() for part in (mixed.sums, mixed.log_e, mixed.log_e)]
        arrays += [values for _, values in list(self.values.values())]
        return sum(int(array.nbytes) for array in arrays)
