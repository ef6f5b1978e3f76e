"""One journey for several markets, devices or languages: each combination is a separate monitor, named after its
values.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from leadline.errors import ConfigurationError

# Each is a monitor with its own slots; more than these is a mistake in a product of lists.
MOST = 200
_HINT = 'write parameters={"market": ["de", "fr"]}, or a list of tables'


def combine(
    parameters: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]] | None,
) -> list[dict[str, Any]] | None:
    """The combinations, in order; None without parameters. ConfigurationError if there are none."""
    if parameters is None:
        return None
    if isinstance(parameters, Mapping):
        for name, values in parameters.items():
            if isinstance(values, str) or not isinstance(values, Sequence) or not values:
                raise ConfigurationError(f"parameters[{name!r}]={values!r} is not a list of values", hint=_HINT)
        chosen = [dict(zip(parameters, values, strict=True)) for values in itertools.product(*parameters.values())]
    else:
        if isinstance(parameters, str) or not all(isinstance(one, Mapping) and one for one in parameters):
            raise ConfigurationError(f"parameters={parameters!r} is not a list of tables", hint=_HINT)
        chosen = [dict(one) for one in parameters]
    if not 0 < len(chosen) <= MOST:
        raise ConfigurationError(f"parameters make {len(chosen)} journeys, not 1 to {MOST}", hint=_HINT)
    names = [named("", one) for one in chosen]
    if len(set(names)) < len(names):
        raise ConfigurationError(f"parameters make two journeys named {max(names, key=names.count)}", hint=_HINT)
    return chosen


def named(name: str, chosen: Mapping[str, Any]) -> str:
    """`checkout[de-iPhone 15]`; the plain name without parameters."""
    if not chosen:
        return name
    said = "-".join(re.sub(r"[^\w .+]+", "_", str(value)).strip() for value in chosen.values())
    return f"{name}[{said}]"
