"""Hooks that change production: one file per kind of target, all behind `seam.Hook`.

Each kind can describe itself, check without acting, act with an idempotency key, report the target's state, and
rehearse. It never decides whether users really get the old version: leadline/guard/verification.py checks that.
"""
