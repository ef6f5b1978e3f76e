"""`leadline.connect(...)`: SQL from a notebook or a script, over a home on this machine or a web service elsewhere.

    answer = leadline.connect("shop/").sql("SELECT service_version, count(*) FROM users_page_views GROUP BY ALL")
    answer.df()   answer.pl()   answer.arrow()

The same limits and the same read-only views as `leadline sql`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadline.errors import ConfigurationError, LeadlineError, QueryRefused, ServiceUnreachable, StoreUnavailable

if TYPE_CHECKING:
    from leadline.settings import Settings

MOST_ROWS = 1_000_000
# Of a home's own store service; a web service has its own limit.
MOST_BYTES = 1_000_000_000


def connect(where: str | Path = ".", *, token: str | None = None) -> Connection:
    """`where` is the address of a web service (`https://…`), or a leadline.toml, its folder, or the home.

    `token` (or LEADLINE_TOKEN) is for a web service that has tokens. Raises ConfigurationError where there is no home.
    """
    if isinstance(where, str) and where.startswith(("http://", "https://")):
        return Connection(where, _ask_web(where.rstrip("/"), token or os.environ.get("LEADLINE_TOKEN")))
    settings = _settings_of(Path(where).expanduser())
    return Connection(str(settings.file), _ask_home(settings))


class Connection:
    """Keeps nothing open: each question is asked anew."""

    def __init__(self, name: str, ask: Callable[[str, int, float], tuple[bytes, str | None]]) -> None:
        self._name = name
        self._ask = ask

    def sql(self, sql: str, *, max_rows: int = MOST_ROWS, timeout_s: float = 120.0) -> Answer:
        """One SELECT over the tables of docs/tables.md. Raises QueryRefused, StoreUnavailable, ServiceUnreachable."""
        body, truncated = self._ask(sql, max_rows, timeout_s)
        return Answer(body, truncated)

    def __repr__(self) -> str:
        return f"leadline.connect({self._name!r})"


class Answer:
    """`truncated` names the limit that cut it ("rows" or "bytes"); None where it is whole."""

    def __init__(self, stream: bytes, truncated: str | None) -> None:
        self._stream = stream
        self.truncated = truncated

    def arrow(self) -> Any:
        """As a pyarrow.Table."""
        pa = _needed("pyarrow")
        with pa.ipc.open_stream(pa.py_buffer(self._stream)) as reader:
            return reader.read_all()

    def df(self) -> Any:
        """As a pandas.DataFrame."""
        _needed("pandas")
        return self.arrow().to_pandas()

    def pl(self) -> Any:
        """As a polars.DataFrame."""
        return _needed("polars").from_arrow(self.arrow())

    def __repr__(self) -> str:
        table = self.arrow()
        cut = f", cut at the limit of {self.truncated}" if self.truncated else ""
        return f"<{table.num_rows:,} rows of {', '.join(table.column_names)}{cut}>"


def _needed(module: str) -> Any:
    try:
        return __import__(module)
    except ModuleNotFoundError as error:
        raise ImportError(f"this needs {module}: pip install {module}") from error


def _settings_of(where: Path) -> Settings:
    from leadline.settings import find_settings_file, load_settings

    if where.is_file():
        return load_settings(where)
    if not where.exists():
        raise ConfigurationError(f"{where} does not exist", hint="name a folder with a leadline.toml, or https://…")
    return load_settings(find_settings_file(where))


def _ask_home(settings: Settings) -> Callable[[str, int, float], tuple[bytes, str | None]]:
    from leadline.storeclient import SqlAsked
    from leadline.storeclient.on_demand import ask_on_demand

    def ask(sql: str, max_rows: int, timeout_s: float) -> tuple[bytes, str | None]:
        settings.paths.create_folders()
        asked = SqlAsked(sql=sql, max_rows=max_rows, max_bytes=MOST_BYTES, timeout_s=timeout_s)
        found = ask_on_demand(settings.paths.run, settings.file, lambda client: client.sql(asked))
        return found.body, found.truncated

    return ask


def _ask_web(url: str, token: str | None) -> Callable[[str, int, float], tuple[bytes, str | None]]:
    def ask(sql: str, max_rows: int, timeout_s: float) -> tuple[bytes, str | None]:
        import json
        from urllib.error import HTTPError, URLError
        from urllib.request import Request, urlopen

        headers = {"Content-Type": "application/json", "Accept": "application/vnd.apache.arrow.stream"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        body = json.dumps({"sql": sql, "max_rows": max_rows, "timeout_s": timeout_s}).encode()
        try:
            with urlopen(Request(f"{url}/v1/query", data=body, headers=headers), timeout=timeout_s + 10) as answer:
                return answer.read(), answer.headers.get("Leadline-Truncated")
        except HTTPError as error:
            raise _as_error(error.code, error.read()) from error
        except (URLError, OSError) as error:
            raise ServiceUnreachable(f"web at {url} does not answer: {error}") from error

    return ask


def _as_error(status: int, body: bytes) -> LeadlineError:
    import json

    try:
        said = json.loads(body)
        detail, remedy = str(said["detail"]), str(said.get("remedy", ""))
    except (ValueError, KeyError, TypeError):
        detail, remedy = f"HTTP {status}", ""
    kind = QueryRefused if status in {400, 406} else StoreUnavailable if status == 503 else ConfigurationError
    return kind(detail, hint=remedy)
