"""Encodes a cleanup so that another process can do it: `file.py::qualname` and a msgpack array.

It rejects at once what another process could not call: lambdas, nested functions, arguments that are not plain values.
A secret is written as its name, never as its value.
"""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from leadline.journeys.secrets import Secret, known_secrets, secret
from leadline.journeys.user_module import import_file

_SECRET_KEY = "$leadline_secret"


def name_function(function: Callable[..., Any], import_folder: Path) -> str:
    """`file.py::qualname`, the file relative to the import folder where it is inside; else TypeError."""
    qualname = getattr(function, "__qualname__", "")
    module = sys.modules.get(getattr(function, "__module__", ""))
    file = getattr(module, "__file__", None)
    if not qualname or "<" in qualname or file is None:
        raise TypeError(
            f"run.cleanup needs a function of a module, not {qualname or function!r}: another process may call it"
        )
    path = Path(file).resolve()
    if path.is_relative_to(import_folder.resolve()):
        path = path.relative_to(import_folder.resolve())
    return f"{path.as_posix()}::{qualname}"


def write_arguments(arguments: tuple[Any, ...]) -> bytes:
    """The arguments as msgpack. TypeError names what can't be encoded; a text that contains a secret is an error."""
    plain = [{_SECRET_KEY: argument.name} if isinstance(argument, Secret) else argument for argument in arguments]
    try:
        written = msgspec.msgpack.encode(plain)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"run.cleanup's arguments must be plain values or dataclasses: {error}") from error
    for value, name in known_secrets().items():
        if value.encode() in written:
            raise TypeError(f"an argument of run.cleanup holds the secret {name}: pass secret({name!r}) itself")
    return written


def read_cleanup(function: str, arguments: bytes, import_folder: Path) -> tuple[Callable[..., Any], list[Any]]:
    """The function and its arguments, each converted to the type that its parameter is annotated with."""
    file, _, qualname = function.rpartition("::")
    target: Any = import_file(import_folder / file, import_folder)
    for part in qualname.split("."):
        target = getattr(target, part)
    parameters = list(inspect.signature(target).parameters.values())
    hints = typing.get_type_hints(target)
    read = []
    for index, argument in enumerate(msgspec.msgpack.decode(arguments)):
        if isinstance(argument, dict) and set(argument) == {_SECRET_KEY}:
            read.append(secret(argument[_SECRET_KEY]))
        elif index < len(parameters) and parameters[index].name in hints:
            read.append(msgspec.convert(argument, hints[parameters[index].name]))
        else:
            read.append(argument)
    return target, read
