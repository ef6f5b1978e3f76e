"""Tests under `@pytest.mark.journey(every="5m")`: existing pytest-playwright suites, sync ones included, as monitors.

The mark takes the arguments of `@journey`, except parameters and device, for which such suites have their own ways.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

from leadline.errors import ConfigurationError
from leadline.journeys.declaration import Journey, journey

MARK = "journey"
_HINT = 'write @pytest.mark.journey(every="5m")'


def marked_tests(module: ModuleType) -> Iterator[Journey]:
    """The marked tests of a module, including those in classes."""
    for name, value in list(vars(module).items()):
        if inspect.isclass(value) and value.__module__ == module.__name__ and name.startswith("Test"):
            for inner, function in inspect.getmembers(value, inspect.isfunction):
                yield from _marked(function, f"{name}::{inner}", value)
        elif inspect.isfunction(value) and value.__module__ == module.__name__:
            yield from _marked(value, name, None)


def _marked(function: Callable[..., Any], test: str, owner: type | None) -> Iterator[Journey]:
    marks = [*getattr(owner, "pytestmark", []), *getattr(function, "pytestmark", [])]
    said = [mark for mark in marks if getattr(mark, "name", "") == MARK]
    if not said or not function.__name__.startswith("test"):
        return
    arguments: Mapping[str, Any] = said[-1].kwargs
    if said[-1].args:
        raise ConfigurationError(f"the mark of {test} has arguments without a name", hint=_HINT)
    for refused in ("parameters", "device"):
        if refused in arguments:
            raise ConfigurationError(f"the mark of {test} takes no {refused}=", hint="use pytest.mark.parametrize")
    if inspect.iscoroutinefunction(inspect.unwrap(function)):
        raise ConfigurationError(f"the test {test} is async", hint="only sync tests can be monitors; or use @journey")
    code = inspect.unwrap(function).__code__
    declared = journey(**{"name": function.__name__, **arguments})(_run_by_pytest)
    yield replace(declared, path=type(declared.path)(code.co_filename), line=code.co_firstlineno, test=test)


async def _run_by_pytest(run: Any, page: Any) -> None:  # noqa: ARG001 - what a journey is called with
    raise ConfigurationError("a test under @pytest.mark.journey is run by pytest")
