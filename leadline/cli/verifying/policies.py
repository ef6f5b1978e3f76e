"""The directive of a Content-Security-Policy that lets the script, or its beacon, through. Pure."""

from __future__ import annotations

from leadline.cli.starting.first_look import origin_of
from leadline.cli.verifying.sighting import Violation

# The fallback of each directive that is not given (https://www.w3.org/TR/CSP3/#directive-fallback-list).
_INSTEAD = {
    "script-src-elem": ("script-src-elem", "script-src", "default-src"),
    "connect-src": ("connect-src", "default-src"),
}


def mend_policy(violation: Violation, *, address: str, page: str) -> str:
    """The corrected directive; for a policy with nonces, also the tag's attribute."""
    given = _read(violation.policy)
    chain = _INSTEAD.get(violation.directive, (violation.directive, "default-src"))
    found = next((name for name in chain if name in given), chain[0])
    name = violation.directive.removesuffix("-elem") if found == "default-src" else found
    sources = [source for source in given.get(found, []) if source != "'none'"]
    needed = "'self'" if origin_of(address) == origin_of(page) else origin_of(address)
    if name.startswith("script-src") and _wants_nonce(sources):
        return 'nonce="…"  in the tag: the nonce that the policy names'
    return " ".join([name, *sources, *([] if needed in sources else [needed])])


def _wants_nonce(sources: list[str]) -> bool:
    return "'strict-dynamic'" in sources or any(source.startswith("'nonce-") for source in sources)


def _read(policy: str) -> dict[str, list[str]]:
    directives: dict[str, list[str]] = {}
    for part in policy.split(";"):
        name, *sources = part.split() or [""]
        directives.setdefault(name.lower(), sources)
    return directives
