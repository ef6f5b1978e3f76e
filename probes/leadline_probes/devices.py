"""Devices as options of a browser context: size, touch, scale, user agent, as Playwright lists them."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from playwright.async_api import Browser

from leadline.errors import ConfigurationError
from leadline.wire.synthetic import USER_AGENT_SUFFIX


def describe_device(browser: Browser, name: str) -> dict[str, Any]:
    """Options of `new_context`. ConfigurationError for a device that Playwright does not list."""
    devices: dict[str, dict[str, Any]] = browser.browser_type._impl_obj._playwright.devices
    if name not in devices:
        near = get_close_matches(name, devices, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "Playwright lists them: playwright.dev/python/docs/emulation"
        raise ConfigurationError(f"no device is named {name!r}", hint=hint)
    options = {key: value for key, value in devices[name].items() if key != "default_browser_type"}
    if "user_agent" in options:
        options["user_agent"] = f"{options['user_agent']} {USER_AGENT_SUFFIX}"
    return options
