"""On-call services that keep an alert under a key: all messages of an incident have the same, and its end closes the
alert.

Each calls its key something else, and two of Apprise's services find an alert again only by ids that they forget
between messages: for these the key is used. Settings in the user's URL stay unchanged.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

__all__ = ["closes_alerts", "has_alert_key", "name_alert", "speak_by_alias"]

# The key's field where Apprise has no `dedup` for it. Splunk On-Call is the former VictorOps.
_KEYS = {"opsgenie": "alias", "jira": "alias", "splunk": "entity_id", "victorops": "entity_id"}
# Where each region's API answers: a constant of the service's module.
_ADDRESSES = {"opsgenie": "OPSGENIE_API_LOOKUP", "jira": "JIRA_API_LOOKUP"}
# Other than a new alert, by Apprise's names (docs.opsgenie.com/docs/alert-api; Jira Service Management took it over).
_VERBS = {"close": "/close", "acknowledge": "/acknowledge", "delete": ""}


def name_alert(fields: dict[str, Any], arguments: dict[str, Any], key: str) -> None:
    """Puts the key where the service looks for it; an end then closes the alert. `arguments` are the service's own."""
    name = _name_key(fields["schema"], arguments)
    if name is None:
        return
    if not str(fields.get(name) or "").strip("/ "):  # Splunk's has the address's path in it, also where there is none
        fields[name] = key
    if "map" in arguments.get("action", {}).get("values", ()):
        fields.setdefault("action", "map")  # a page of success resolves the alert of the same key


def has_alert_key(schema: str, arguments: dict[str, Any]) -> bool:
    """Whether the service keeps an alert for each key, which only an end with that key closes."""
    return _name_key(schema, arguments) is not None


def _name_key(schema: str, arguments: dict[str, Any]) -> str | None:
    name = _KEYS.get(schema)
    if name is None and "dedup" in arguments:
        name = arguments["dedup"].get("alias_of", "dedup")
    return name


def closes_alerts(plugin: Any) -> bool:
    """Whether a message of success closes what another message of the same key has opened."""
    return getattr(plugin, "action", None) == "map" and not {"dedup", *_KEYS.values()}.isdisjoint(plugin.template_args)


def speak_by_alias(plugin: Any, schema: str) -> None:
    """Makes the service find an alert by its alias. Apprise finds it by the ids of answers, and where it has none (a
    new process, another message) it sends nothing and calls that a success."""
    if schema not in _ADDRESSES or not plugin.alias:
        return
    module = sys.modules[type(plugin).__module__]
    address = f"{getattr(module, _ADDRESSES[schema])[plugin.region_name]}/{quote(plugin.alias, safe='')}"
    begin: Callable[..., bool] = plugin.send

    def send(body: str, title: str = "", notify_type: Any = None, **others: Any) -> bool:
        action = plugin.mapping[notify_type] if plugin.action == "map" else plugin.action
        if action == "new":
            return begin(body=body, title=title, notify_type=notify_type, **others)
        verb = module.requests.delete if action == "delete" else module.requests.post
        said = {"source": plugin.app_desc, "note": f"{title}\n{body}".strip()}
        is_taken, _ = plugin._fetch(verb, address + _VERBS.get(action, "/notes"), said, {"identifierType": "alias"})
        return bool(is_taken)

    plugin.send = send
