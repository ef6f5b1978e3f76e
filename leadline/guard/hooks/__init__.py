"""What changes production: one file per kind of target, all behind `seam.Hook`.

Each kind knows how to describe itself, look without acting, act with an idempotency key, tell what the target says, and
rehearse. Whether users really get the old version is never a hook's word: leadline/guard/verification.py looks.
"""
