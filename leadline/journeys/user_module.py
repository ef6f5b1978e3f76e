"""Imports a user's file as a module: by its dotted name from the folder of leadline.toml, so that its imports work.

The TOML's folder comes first on the path, the file's folder second. The caller has imported all of its own modules
before, so a user's `probes/` or `web/` package never conflicts with ours.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from leadline.journeys.kept_code import KEPT

_SKIPPED = {"site-packages", "dist-packages", "node_modules"}


def put_on_path(folder: Path) -> None:
    """Make `folder` the first place where modules are looked for."""
    text = str(folder)
    if sys.path[:1] != [text]:
        sys.path[:] = [text, *(entry for entry in sys.path if entry != text)]


def import_file(path: Path, import_folder: Path) -> ModuleType:
    """The module of `path`, imported once per process. What the file raises passes through."""
    path = path.resolve()
    import_folder = import_folder.resolve()
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    put_on_path(import_folder)
    importlib.invalidate_caches()
    dotted = _dotted_name(path, import_folder)
    if dotted is not None:
        if (module := _loaded_from(dotted, path)) is not None:
            return module
        if _finds(dotted, path):
            return importlib.import_module(dotted)
    return _import_under_own_name(path)


def forget_modules(folder: Path) -> None:
    """Forget what was imported from under `folder`, so that changed files are read again."""
    folder = folder.resolve()
    for name, module in list(sys.modules.items()):
        origin = getattr(module, "__file__", None)
        if not origin:
            continue
        path = Path(origin)
        if folder in path.parents and not _SKIPPED & set(path.parts) and path.suffix == ".py" and not _is_ours(name):
            del sys.modules[name]


def _is_ours(name: str) -> bool:
    return name == "__main__" or name.partition(".")[0] in {"leadline", "leadline_probes"}


def _dotted_name(path: Path, import_folder: Path) -> str | None:
    try:
        parts = path.relative_to(import_folder).with_suffix("").parts
    except ValueError:
        return None
    return ".".join(parts) if all(part.isidentifier() for part in parts) else None


def _loaded_from(dotted: str, path: Path) -> ModuleType | None:
    module = sys.modules.get(dotted)
    origin = getattr(module, "__file__", None)
    return module if origin and Path(origin).resolve() == path else None


def _finds(dotted: str, path: Path) -> bool:
    """Whether importing `dotted` would load this very file, and not an installed package of the same name."""
    if dotted in sys.modules:
        return False
    try:
        spec = importlib.util.find_spec(dotted)
    except (ImportError, ValueError, AttributeError):
        return False
    return spec is not None and spec.origin is not None and Path(spec.origin).resolve() == path


def _import_under_own_name(path: Path) -> ModuleType:
    name = f"leadline_journey_{sha256(str(path).encode()).hexdigest()[:12]}"
    if (module := _loaded_from(name, path)) is not None:
        return module
    spec = KEPT.spec_of(name, str(path)) or importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module
