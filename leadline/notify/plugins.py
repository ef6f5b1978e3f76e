"""Makes an Apprise service from a target's URL, with the incident's id.

The incident's id is put where a service can merge repetitions by it, so that a page which is sent twice is seen once;
settings in the user's URL stay unchanged. Apprise is loaded late (0.4 s, and 1 s for its 170 services) and kept
from logging: its messages name URLs.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadline.incidents import PageLink
from leadline.notify.alert_services import has_alert_key, name_alert, speak_by_alias
from leadline.notify.exchange import watch_requests
from leadline.notify.mail_text import keep_addresses

if TYPE_CHECKING:
    from apprise import NotifyBase

__all__ = [
    "Naming",
    "UnusableTarget",
    "build_plugin",
    "keeps_alerts",
    "load_apprise",
    "make_plugin",
    "make_sender",
    "narrow",
    "parse_fields",
]

# Services that take any field in their body and any header (`:key=value`, `+Header=value` in Apprise's URLs).
_FREE_FORM = frozenset({"json", "jsons", "form", "forms", "xml", "xmls"})
_LISTS = frozenset({"json", "jsons"})
_NTFY = frozenset({"ntfy", "ntfys"})
_loading, _loaded = threading.Lock(), threading.Event()


class UnusableTarget(Exception):
    """Apprise can't send to the URL. The message contains only the URL's scheme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What identifies a page: the incident, its transition, and the key that all attempts share. `others` are
    the further incidents of a page about several; `group_id` is what its opening and its end have in common."""

    incident_id: str
    transition: str
    idempotency_key: str
    others: tuple[str, ...] = ()
    group_id: str | None = None


def load_apprise() -> None:
    """Loads Apprise with all its services, once. Not to be interrupted: half of it would stay missing."""
    with _loading:
        if not _loaded.is_set():
            _keep_quiet()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # imghdr, which Apprise imports below Python 3.13
                from apprise.apprise import N_MGR

                N_MGR.load_modules()  # type: ignore[no-untyped-call]  # Apprise leaves it open
            watch_requests()
            keep_addresses()
            _loaded.set()


def parse_fields(url: str) -> dict[str, Any]:
    """The URL's parts as its service understands them."""
    from apprise import plugins

    fields: dict[str, Any] | None = plugins.url_to_dict(url)  # type: ignore[no-untyped-call]  # Apprise leaves it open
    if not fields:
        raise UnusableTarget(f"Apprise can't read this {_scheme(url)}:// address")
    return fields


def narrow(fields: dict[str, Any], recipient: str) -> dict[str, Any]:
    """The same service for one of its recipients. Whoever gets a copy of a mail is a recipient like the others."""
    return {**{key: value for key, value in fields.items() if key not in ("cc", "bcc")}, "targets": [recipient]}


def build_plugin(fields: dict[str, Any]) -> NotifyBase:
    """The service with these parts. Raises UnusableTarget."""
    from apprise import Apprise

    plugin = Apprise.instantiate(dict(fields), asset=_asset())
    if plugin is None:
        raise UnusableTarget(f"Apprise can't send to this {str(fields.get('schema', '?'))[:20]}:// address")
    return plugin


def make_plugin(
    url: str, naming: Naming | None = None, *, links: Sequence[PageLink] = (), recipient: str = ""
) -> NotifyBase:
    """The service of `url`, or one `recipient` of it; `links` become buttons if it has them.
    Raises UnusableTarget."""
    load_apprise()
    from apprise.apprise import N_MGR

    fields = parse_fields(url)
    if recipient:
        fields = narrow(fields, recipient)
    if naming is not None:
        _name_incident(fields, getattr(N_MGR[fields["schema"]], "template_args", {}), naming)
    if links and fields["schema"] in _NTFY:
        fields.setdefault("actions", _as_ntfy_actions(links))
        fields.setdefault("click", links[0].url)
    plugin = build_plugin({**fields, "retry": 0})  # the outbox repeats, and marks possible duplicates
    speak_by_alias(plugin, fields["schema"])
    return plugin


def keeps_alerts(url: str) -> bool:
    """Whether the service of `url` keeps an alert for each message, which only its own end closes."""
    load_apprise()
    from apprise.apprise import N_MGR

    try:
        schema = parse_fields(url)["schema"]
    except UnusableTarget:
        return False
    return has_alert_key(schema, getattr(N_MGR[schema], "template_args", {}))


def make_sender(plugin: NotifyBase) -> Any:
    """An Apprise with this one service, whose notify() runs in the calling thread."""
    from apprise import Apprise

    sender = Apprise(asset=_asset())
    sender.add(plugin)
    return sender


def _name_incident(fields: dict[str, Any], arguments: dict[str, Any], naming: Naming) -> None:
    if fields["schema"] in _FREE_FORM:
        ids = [naming.incident_id, *naming.others]
        named = {
            "incident_id": naming.incident_id,
            # Forms and XML have no lists.
            "incident_ids": ids if fields["schema"] in _LISTS else ",".join(ids),
            "transition": naming.transition,
            "idempotency_key": naming.idempotency_key,
        }
        fields["payload"] = {**named, **(fields.get("payload") or {})}
        fields["headers"] = {"Idempotency-Key": naming.idempotency_key, **(fields.get("headers") or {})}
    name_alert(fields, arguments, naming.group_id or naming.incident_id)


def _as_ntfy_actions(links: Sequence[PageLink]) -> str:
    """ntfy's short form (docs.ntfy.sh/publish, "Action buttons"): at most three, and none acts without being opened."""
    return "; ".join(f"view, {link.label}, {link.url.replace(';', '%3B').replace(',', '%2C')}" for link in links[:3])


def _asset() -> Any:
    from apprise import AppriseAsset

    # No time limit of Apprise's own: with one it uses a pool whose threads can't be stopped.
    return AppriseAsset(app_id="Leadline", app_desc="Leadline", service_timeout=0)


def _scheme(url: str) -> str:
    return url.partition("://")[0][:20] if "://" in url else "?"


def _keep_quiet() -> None:
    """Silences Apprise and urllib3: their messages contain URLs, which are secrets; the receipt has what matters."""
    quiet = logging.getLogger("apprise")
    quiet.propagate = False
    quiet.setLevel(logging.WARNING)
    if not quiet.handlers:
        quiet.addHandler(logging.NullHandler())
    if logging.getLogger("urllib3").level == logging.NOTSET:
        logging.getLogger("urllib3").setLevel(logging.INFO)
