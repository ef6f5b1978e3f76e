"""Dependencies of journeys and checks (`depends_on`): resolves names to subjects, and reports invalid ones. Pure.

`"api"` is a check or a journey of the same app, else of any app; `"check:api"` and `"journey:buy"` say which. What
something depends on indirectly counts too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from leadline.model import JourneySpec, Subject
from leadline.settings import JourneysSettings, Settings

JourneysFound = Sequence[tuple[JourneysSettings, Sequence[JourneySpec]]]
Node = tuple[Literal["journey", "check"], str, str]  # kind, app, name


def name_bad_dependencies(settings: Settings, journeys: JourneysFound) -> Iterator[str]:
    """A message, with its place, for each `depends_on` with an unknown name, or that makes a circle."""
    asked = _asked(settings, journeys)
    is_whole = True
    for node, names in asked.items():
        for index, name in enumerate(names):
            found = _find(name, node, list(asked))
            if len(found) != 1:
                is_whole = False
                said = _say_unknown(name, node, asked) if not found else _say_ambiguous(name, found)
                yield f"{_place(settings, journeys, node, index)}: {said}"
    if not is_whole:
        return
    try:
        TopologicalSorter(_graph(asked)).prepare()
    except CycleError as error:
        circle: list[Node] = error.args[1]
        said = " on ".join(" ".join(node) for node in reversed(circle))
        yield f"{_place(settings, journeys, circle[-1], 0)}: depends_on goes in a circle: {said}; remove one"


def resolve_dependencies(settings: Settings, journeys: JourneysFound) -> dict[Node, tuple[Subject, ...]]:
    """All dependencies of each, nearest first. `name_bad_dependencies` must have found nothing."""
    graph = _graph(_asked(settings, journeys))
    environments = {app.name: app.environment for app in settings.apps}
    found = {}
    for node in graph:
        reached: list[Node] = list(graph[node])
        for one in reached:  # grows as it goes
            reached += [further for further in graph[one] if further not in reached]
        if reached:
            found[node] = tuple(
                Subject(kind=kind, name=name, app=app, environment=environments[app]) for kind, app, name in reached
            )
    return found


def _asked(settings: Settings, journeys: JourneysFound) -> dict[Node, tuple[str, ...]]:
    asked: dict[Node, tuple[str, ...]] = {
        ("journey", table.app, spec.name): spec.depends_on for table, specs in journeys for spec in specs
    }
    return asked | {("check", check.app, check.name): tuple(check.depends_on) for check in settings.checks}


def _graph(asked: Mapping[Node, Sequence[str]]) -> dict[Node, tuple[Node, ...]]:
    return {
        node: tuple(dict.fromkeys(one for name in names for one in _find(name, node, list(asked))))
        for node, names in asked.items()
    }


def _find(name: str, node: Node, known: Sequence[Node]) -> list[Node]:
    kind, colon, rest = name.partition(":")
    is_said = bool(colon) and kind in ("journey", "check")
    wanted = rest if is_said else name
    fits = [one for one in known if one[2] == wanted and (not is_said or one[0] == kind)]
    return [one for one in fits if one[1] == node[1]] or fits


def _say_unknown(name: str, node: Node, known: Mapping[Node, object]) -> str:
    names = sorted({one[2] for one in known if one != node})
    near = get_close_matches(name.rpartition(":")[2], names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(map(repr, names)) or 'none'}"
    return f"depends_on: no journey or check is named {name!r}; {hint}"


def _say_ambiguous(name: str, found: Sequence[Node]) -> str:
    kinds = {one[0] for one in found}
    hint = f'write "check:{name}" or "journey:{name}"' if len(kinds) > 1 else "names of other apps must be unique"
    return f"depends_on: {name!r} is ambiguous: {', '.join(' '.join(one) for one in found)}; {hint}"


def _place(settings: Settings, journeys: JourneysFound, node: Node, index: int) -> str:
    kind, app, name = node
    if kind == "check":
        at = next(n for n, check in enumerate(settings.checks) if (check.app, check.name) == (app, name))
        problem = settings.places.problem(("check", at, "depends_on", index), "")
        return f"{problem.file}:{problem.line}:{problem.column}"
    spec = next(spec for table, specs in journeys for spec in specs if (table.app, spec.name) == (app, name))
    return f"{spec.path}:{spec.line}"
