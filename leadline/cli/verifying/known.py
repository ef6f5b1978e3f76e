"""What the configuration says about the app of the page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadline.cli.starting.first_look import origin_of
from leadline.wire.snippet import PREFIX, address_script, write_nginx, write_tag

if TYPE_CHECKING:
    from leadline.settings import AppSettings, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the configuration says about the app of the page; placeholders without a configuration."""

    app: str = "shop"
    key: str = "pk_…"
    collector: str = "127.0.0.1:8081"
    origins: tuple[str, ...] = ()
    sample: float = 1.0
    direct: str | None = None  # the script's address without a web server in front, for a site on this machine
    keys: frozenset[str] = frozenset()  # every key that the collector accepts
    is_collector_up: bool | None = None  # its address on this machine; None without a configuration

    @classmethod
    def of(cls, settings: Settings | None, *, app: str | None, key: str | None, url: str) -> Known:
        """The named app, else the app of the key, of the page's origin, or the only one."""
        from leadline.settings import direct_source

        nobody = cls() if app is None else cls(app=app)
        if settings is None:
            return nobody
        found = _choose(settings.apps, app=app, key=key, origin=origin_of(url))
        keys = frozenset(key for one in settings.apps for key in one.keys)
        if found is None:
            return replace(nobody, collector=settings.collector.listen, keys=keys)
        origins = tuple(found.origins) or ((origin_of(found.base_url),) if found.base_url else ())
        return cls(
            app=found.name,
            key=found.keys[0] if found.keys else nobody.key,
            collector=settings.collector.listen,
            origins=origins,
            sample=found.sample,
            direct=direct_source(settings, found),
            keys=keys,
        )

    @property
    def tag(self) -> str:
        base = self.direct.removesuffix("b.js") if self.direct else PREFIX
        return write_tag(self.app, key=self.key, source=address_script(base, key=self.key))

    @property
    def proxy(self) -> str:
        line = write_nginx(self.collector)
        return line if self.direct is None else f'src="{self.direct}"  in the tag; or in nginx:\n{line}'


def _choose(apps: list[AppSettings], *, app: str | None, key: str | None, origin: str) -> AppSettings | None:
    if app is not None:
        return next((one for one in apps if one.name == app), None)
    by_key = [one for one in apps if key is not None and key in one.keys]
    by_origin = [one for one in apps if origin in one.origins or (one.base_url and origin_of(one.base_url) == origin)]
    return next(iter([*by_key, *by_origin, *(apps if len(apps) == 1 else [])]), None)
