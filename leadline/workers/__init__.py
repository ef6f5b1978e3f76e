"""The parent's side of the probe workers: starting, feeding, limiting and replacing them. It contains no browser."""

from leadline.workers.evidence_sweep import sweep_evidence
from leadline.workers.ledger import CleanupLedger
from leadline.workers.pool import WorkerPool

__all__ = ["CleanupLedger", "WorkerPool", "sweep_evidence"]
