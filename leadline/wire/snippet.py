"""The tag for a web page and the lines for the web server in front: the same text for the command and the dashboard.

Pure: it reads no settings. docs/snippet.md says what the script measures.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from urllib.parse import quote

PREFIX = "/_l/"
SCRIPT_ADDRESS = f"{PREFIX}b.js"
# Served instead of the script if the app is switched off. The tag names its checksum too (SRI accepts any of
# several, https://www.w3.org/TR/SRI/#the-integrity-attribute), so it never changes.
EMPTY_SCRIPT = b"/* leadline: this app is switched off */\n"
# The placeholder of a tag that was pasted and never completed: `leadline snippet verify` and *Listening* look for it.
VERSION_TO_FILL_IN = "YOUR VERSION"
# On this machine somebody tries it out and waits for the first beacon; a site in production sends when a
# view is left, or after half a minute, and saves a request.
SOON_S = 1


def integrity_of(script: bytes) -> str:
    """Subresource Integrity, https://www.w3.org/TR/SRI/: the browser runs only this script or EMPTY_SCRIPT."""
    return " ".join(
        f"sha384-{base64.b64encode(hashlib.sha384(each).digest()).decode()}" for each in (script, EMPTY_SCRIPT)
    )


def name_script(script: bytes) -> str:
    """The long-lived name, as the front-end build forms it."""
    return f"b.{hashlib.sha256(script).hexdigest()[:12]}.js"


def address_script(base: str, *, key: str | None, name: str = "b.js") -> str:
    """The value of `src`. The key lets the collector serve EMPTY_SCRIPT to an app that is off."""
    return f"{base}{name}" + (f"?key={quote(key, safe='')}" if key else "")


def write_tag(
    app: str,
    *,
    key: str | None,
    version: str | None = None,
    cohort: str | None = None,
    integrity: str | None = None,
    source: str = SCRIPT_ADDRESS,
) -> str:
    """The line for the page. With the collector's own address as `source`, a view is sent after a second."""
    attributes = {
        "src": source,
        "integrity": integrity,
        "crossorigin": "anonymous" if integrity else None,
        "data-app": app,
        "data-key": key,
        "data-version": version or VERSION_TO_FILL_IN,
        "data-cohort": cohort,
        "data-send-after": str(SOON_S) if "://" in source else None,
    }
    said = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items() if value is not None)
    return f"<script async {said}></script>"


def write_nginx(collector: str, *, prefix: str = PREFIX) -> str:
    """Inside `server { ... }`; `collector` is host and port.

    The prefix stays in the path: an operator's paths at the collector (/metrics, /readyz, /docs) have none, so that
    they can't be reached from outside.
    """
    # ^~: else a `location ~ .js$` of the site, for its own files, matches the script and answers 404 (nginx 1.22).
    return (
        f"location ^~ {prefix} {{\n"
        f"    proxy_pass http://{collector};\n"
        "    proxy_set_header Host $host;\n"
        "    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
        "}"
    )


def write_caddy(collector: str, *, prefix: str = PREFIX) -> str:
    """Inside the site's block."""
    return f"handle {prefix}* {{\n    reverse_proxy {collector}\n}}"


def write_frameworks(
    app: str, *, key: str, collector: str, integrity: str | None = None, source: str = SCRIPT_ADDRESS
) -> dict[str, tuple[str, str]]:
    """For each framework: where the text goes, and the text. docs/snippet.md has the rest."""
    tag = write_tag(app, key=key, integrity=integrity, source=source)
    # Templates use the address without checksum, which stays valid after an upgrade.
    stable = address_script(source.rpartition("/")[0] + "/", key=key)
    named = {"app": app, "key": key}
    return {
        "HTML": ("In every page, in <head>", tag),
        "React": (
            "In index.html, in <head>; the script notices route changes. For errors that a boundary catches:",
            f"{tag}\n\n// in the error boundary\ncomponentDidCatch(error) {{ window.leadline?.error(error) }}",
        ),
        "Vue": (
            "In index.html, in <head>; the script notices route changes. For errors that Vue catches:",
            f"{tag}\n\n// in main.js\n"
            "app.config.errorHandler = (error) => { window.leadline?.error(error); console.error(error) }",
        ),
        "Next.js": (
            "In app/layout.tsx; the rewrite in next.config.js replaces the web server's line",
            f'<script async src="{address_script(PREFIX, key=key)}" '
            + " ".join(f'data-{name}="{escape(said)}"' for name, said in named.items())
            + " data-version={process.env.NEXT_PUBLIC_VERSION} />\n\n// next.config.js\n"
            f'rewrites: async () => [{{ source: "/_l/:path*", destination: "http://{collector}/_l/:path*" }}]',
        ),
        "Rails": (
            "In the layout, in <head>",
            f'<%= javascript_include_tag "{stable}", async: true, nonce: true, data: {{ '
            + ", ".join(f'{name}: "{escape(said)}"' for name, said in named.items())
            + ', version: ENV["GIT_SHA"] } %>',
        ),
    }
