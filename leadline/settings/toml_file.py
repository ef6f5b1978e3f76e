"""Reads leadline.toml: positions, `${ENV}`, `*_file`, and every problem at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import spanned_toml
from pydantic import BaseModel, ValidationError
from spanned_toml._types import Spanned

from leadline.errors import ConfigurationError
from leadline.model.web_origins import password_in
from leadline.settings.environment import fit_into
from leadline.settings.not_yet import find_not_yet
from leadline.settings.places import Location, Places, Problem
from leadline.settings.plain_words import in_plain_words
from leadline.settings.references import dangling_references
from leadline.settings.schema import Settings
from leadline.textfile import read_text_file

# As for secret() (leadline/journeys/secrets.py): a shorter value is part of too many words.
SHORTEST_SECRET = 4
# The values of these keys are shown everywhere: only the part before the `@` of an address is a secret there.
_SHOWN = {"base_url", "url", "public_url", "listen", "path", "name", "app", "environment", "origins"}

# Who asks a service must find it, and must be known to it.
_WHERE_SERVICES_ARE = frozenset({"home", "web", "collector", "store"})

_ENV = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class SettingsInvalid(ConfigurationError):
    """The file can't be used; `problems` lists all its errors."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def find_settings_file(start: Path) -> Path:
    """The nearest leadline.toml from `start` upwards; ConfigurationError with the remedy if there is none."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "leadline.toml").is_file():
            return folder / "leadline.toml"
    raise ConfigurationError(
        f"no leadline.toml in {start.resolve()} or above it", hint="leadline init shop https://shop.example writes one"
    )


def load_settings(file: Path, environ: Mapping[str, str] = os.environ, *, needs_secrets: bool = True) -> Settings:
    """Reads and checks `file`. Raises SettingsInvalid with all problems, ConfigurationError if it can't be read.
    Without `needs_secrets` a variable or file that is missing here is empty, except where services listen and keep
    their data."""
    try:
        source = read_text_file(file)
    except ValueError as error:
        raise ConfigurationError(f"{file} can't be read: {error}") from error
    except OSError as error:
        raise ConfigurationError(f"{file} can't be read: {error}", hint="name another file with -c FILE") from error
    return read_source(file, source, environ, needs_secrets=needs_secrets)


def read_source(
    file: Path, source: str, environ: Mapping[str, str] = os.environ, *, needs_secrets: bool = True
) -> Settings:
    """Checks `source` as the content of `file`. Raises SettingsInvalid with all problems."""
    return _Reader(file, source, environ, needs_secrets=needs_secrets).read()


class _Reader:
    def __init__(self, file: Path, source: str, environ: Mapping[str, str], *, needs_secrets: bool) -> None:
        self.file = file
        self.needs_secrets = needs_secrets
        self.source = source
        self.environ = environ
        self.places = Places(file, source)
        self.problems: list[Problem] = []
        self.secrets: set[str] = set()

    def read(self) -> Settings:
        try:
            spanned = spanned_toml.loads(self.source)
        except spanned_toml.TOMLDecodeError as error:
            raise SettingsInvalid([self._syntax_problem(str(error))]) from error
        plain = self._plain(spanned, ())
        try:
            settings = Settings.model_validate(plain)
        except ValidationError as error:
            self._collect(error)
            raise SettingsInvalid(_in_order(self.problems)) from error
        settings._file = self.file.resolve()
        for where, message in dangling_references(settings):
            self._add(where, message)
        if self.problems:
            raise SettingsInvalid(_in_order(self.problems))
        settings._places = self.places
        settings._secrets = tuple(sorted(self.secrets))
        settings._warnings = tuple(_in_order(find_not_yet(settings, self.places)))
        return settings

    def _plain(self, node: Any, where: Location) -> Any:
        """The value without spans, secrets filled in; remembers the place of each key and element."""
        value = _inner(node)
        if isinstance(value, dict):
            return self._plain_table(value, where)
        if isinstance(value, list):
            for index, element in enumerate(value):
                self._note((*where, index), element)
            return [self._plain(element, (*where, index)) for index, element in enumerate(value)]
        if isinstance(value, str):
            return self._with_environment(value, where)
        return value

    def _plain_table(self, table: dict[Any, Any], where: Location) -> dict[str, Any]:
        known = _fields_at(Settings, where)
        plain: dict[str, Any] = {}
        for spanned_key, child in table.items():
            key = str(_inner(spanned_key))
            self._note((*where, key), spanned_key)
            value = self._plain(child, (*where, key))
            base = _key_in_file(key, known, where)
            if base is None:
                plain[key] = value
            else:
                self._note((*where, base), spanned_key)
                as_list = known is not None and known[base]
                plain[base] = self._from_file(str(value), (*where, key), as_list=as_list)
        return plain

    def _with_environment(self, text: str, where: Location) -> str:
        def value_of(match: re.Match[str]) -> str:
            name = match[1]
            if name in self.environ:
                if where[-1] not in _SHOWN or "@" in text[match.end() :]:
                    self._remember(self.environ[name])
                return fit_into(text, match, self.environ[name])
            if self._is_needed(where):
                said = f"the environment variable {name} is not set; export it or use a key that ends in _file"
                self._add(where, said)
            return ""

        return _ENV.sub(value_of, text)

    def _from_file(self, name: str, where: Location, *, as_list: bool) -> Any:
        try:
            text = read_text_file(self.file.parent / name).strip()
        except (OSError, ValueError) as error:
            if self._is_needed(where):
                self._add(where, f"{name} can't be read: {error}")
            return [] if as_list else ""
        for line in text.splitlines():
            self._remember(line.strip())
        return [line.strip() for line in text.splitlines() if line.strip()] if as_list else text

    def _is_needed(self, where: Location) -> bool:
        return self.needs_secrets or where[0] in _WHERE_SERVICES_ARE

    def _remember(self, value: str) -> None:
        """Remembers a secret: of an address only its password; nothing if it is too short to search for."""
        hidden = password_in(value) if "://" in value else (value,)
        self.secrets.update(one for one in hidden if len(one) >= SHORTEST_SECRET)

    def _collect(self, error: ValidationError) -> None:
        for detail in error.errors():
            where = tuple(detail["loc"])
            if detail["type"] == "extra_forbidden":
                known = _fields_at(Settings, where[:-1]) or {}
                near = get_close_matches(str(where[-1]), list(known), n=1, cutoff=0.5)
                hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(known))}"
                self._add(where, f"unknown key {where[-1]!r}; {hint}")
            elif detail["type"] == "missing":
                self._add(where[:-1], f"{where[-1]!r} is missing in {_as_path(where[:-1])}")
            else:
                is_table = _fields_at(Settings, where) is not None
                path = _as_path(where)
                self._add(where, f"{path}: {in_plain_words(detail, path, is_table=is_table)}")

    def _syntax_problem(self, message: str) -> Problem:
        match = re.search(r"\(at line (\d+), column (\d+)\)", message)
        text = re.sub(r" \(at .*\)$", "", message)
        if match:
            return Problem(str(self.file), int(match[1]), int(match[2]), f"not TOML: {text}")
        return Problem(str(self.file), self.source.count("\n") + 1, 1, f"not TOML: {text}")

    def _note(self, where: Location, node: Any) -> None:
        if isinstance(node, Spanned) and node.span().stop > 0:  # a table of an array has no place in the file
            self.places.offsets.setdefault(where, node.span().start)

    def _add(self, where: Location, message: str) -> None:
        self.problems.append(self.places.problem(where, message))


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _inner(node: Any) -> Any:
    return node.inner() if isinstance(node, Spanned) else node


def _as_path(where: Location) -> str:
    return ".".join(str(part) for part in where if not isinstance(part, int)) or "the file"


def _key_in_file(key: str, known: Mapping[str, bool] | None, where: Location) -> str | None:
    """`token` for `token_file` if there is a key `token`: that file contains its value. The same for targets."""
    base = key.removesuffix("_file")
    if base == key or (known is not None and key in known):
        return None
    is_known = base in known if known is not None else where == ("notify", "targets")
    return base if is_known else None


def _fields_at(model: type[BaseModel], where: Location) -> dict[str, bool] | None:
    """The known keys at `where` (True if the value is a list), or None if any key is allowed."""
    current: Any = model
    for part in where:
        if isinstance(part, int):
            continue
        if _is_dict(current):  # a table whose keys are names: continue with the value of the name
            current = _model_inside(current.__args__[1])
            continue
        if not _is_model(current):
            return None
        field = next((f for n, f in current.model_fields.items() if (f.alias or n) == part), None)
        if field is None:
            return None
        current = field.annotation if _is_dict(field.annotation) else _model_inside(field.annotation)
    if _is_model(current):
        return {f.alias or n: "list" in str(f.annotation) for n, f in current.model_fields.items()}
    return None


def _is_dict(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is dict


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _model_inside(annotation: Any) -> Any:
    if _is_model(annotation):
        return annotation
    return next((found for part in getattr(annotation, "__args__", ()) if (found := _model_inside(part))), None)
