"""The library that users import: `from leadline import connect, expect, journey, secret`. It loads nothing heavy.

`expect` is Playwright's own and is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import expect

    from leadline.darklaunch import compare
    from leadline.journeys import Run, journey, secret, step, totp
    from leadline.notebook import connect

__all__ = ["Run", "compare", "connect", "expect", "journey", "secret", "step", "totp"]
# The one source: the distribution and the front end's packages take it from here (make release).
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "expect":
        try:
            from playwright.async_api import expect
        except ModuleNotFoundError as missing:
            raise ImportError(
                "`expect` is Playwright's, which is not installed: pip install 'leadline[probes]'"
            ) from missing
        return expect
    if name == "compare":
        from leadline.darklaunch import compare

        return compare
    if name == "connect":
        from leadline.notebook import connect

        return connect
    if name in __all__:
        from leadline import journeys

        return getattr(journeys, name)
    raise AttributeError(f"module 'leadline' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
