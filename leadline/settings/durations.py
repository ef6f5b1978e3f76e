"""Durations in the configuration file; the same words as in `@journey(every=...)`."""

from __future__ import annotations

from leadline.model.durations import parse_duration_s

__all__ = ["parse_duration_s"]
