"""The ways in which a visit can end or repeat itself, each under an address of its own, for the rows they become."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from beacon.site import Site
from beacon.visiting import NOTE_ARMED, WHOLE_CHROMIUM, Visiting, crash, until, until_known
from playwright.async_api import BrowserContext, Page

from leadline.wire import Beacon

SOON = 'data-key="pk_shop" data-version="1.4.2" data-cohort="baseline" data-send-after="0.3"'
TO_A_PRODUCT = """<h1 id="title">shop</h1><button id="go" onclick="history.pushState({}, '', location.pathname +
'/product/17'); document.querySelector('#title').innerHTML = '<b>A product with many words</b>'">a product</button>"""


@dataclass
class Visits:
    """One method per way to visit; each ends when the collector has acknowledged what its test looks for."""

    site: Site
    visiting: Visiting

    @property
    def under(self) -> str:
        """A folder that no other run of these tests has used: they may share a collector."""
        return "/rows-" + self.site.origin.rsplit(":", 1)[1]

    async def open(
        self,
        name: str,
        body: str = "<h1>shop</h1>",
        *,
        tag: str = SOON,
        visiting: Visiting | None = None,
        context: BrowserContext | None = None,
        **serving: Any,
    ) -> Page:
        address = self.site.serve(body, path=f"{self.under}/{name}", tag=tag, **serving)
        page = await (context or await (visiting or self.visiting).context()).new_page()
        await page.goto(address)
        await page.wait_for_function("window.leadline && leadline.version")
        return page

    def states(self, name: str) -> list[Beacon]:
        start = f"{self.site.origin}{self.under}/{name}"
        return [view for view in self.site.views() if f"{view.url}/".startswith(start + "/")]

    async def told(self, name: str, section: str = "vitals", *, views: int = 1) -> None:
        await until(lambda: sum(getattr(view, section) is not None for view in self.states(name)) >= views)

    async def of_two_versions(self) -> None:
        page = await self.open("versions", TO_A_PRODUCT)
        await page.evaluate("""async () => { leadline.tag('plan', 'gold'); leadline.event('bought', { value: 42.5 });
            for (let i = 0; i < 3; i++) leadline.error(new TypeError('no price ' + i));
            await fetch('/status/503?q=1', { method: 'PUT' }) }""")
        await self.told("versions", "requests")
        await page.click("#go")
        await page.evaluate("""() => { document.querySelector('[data-version]').dataset.version = '1.5.0';
            leadline.event('bought', { value: 0.00001 }) }""")
        await page.goto("about:blank")
        await self.told("versions", "events", views=2)

    async def replaced(self) -> None:
        page = await self.open("replaced")
        await page.evaluate("leadline.event('first')")
        await self.told("replaced", "events")
        await page.evaluate("(leadline.event('second'), leadline.error(new TypeError('late')))")
        await page.goto("about:blank")
        await self.told("replaced", "errors")

    async def crashed(self) -> None:
        page = await self.open("crashed", tag='data-key="pk_shop"', head=NOTE_ARMED)
        await page.evaluate("leadline.event('before_the_crash')")
        await page.wait_for_function("armed.includes('before_the_crash')")
        await crash(page)
        await self.told("crashed", "events")

    async def in_two_tabs(self) -> None:
        context = await self.visiting.context()
        for _ in range(2):
            await (await self.open("tabs", context=context)).close()
        await until(lambda: len(self.states("tabs")) == 2)

    async def by_a_wrong_clock(self, name: str, off_ms: int) -> None:
        wrong = f"<script>const now = Date.now; Date.now = () => now() + {off_ms}</script>"
        page = await self.open(name, head=wrong)
        await page.evaluate("leadline.event('bought')")
        await page.close()
        await self.told(name, "events")

    async def seen_softly(self) -> None:
        page = await self.open("soft", TO_A_PRODUCT)
        await page.evaluate("new PerformanceObserver(() => window.seen = true).observe({type: 'soft-navigation'})")
        await page.click("#go")
        await page.wait_for_function("window.seen")
        await until_known(page, "vitals.lcp_ms")
        await page.goto("about:blank")
        # A busy machine's click is told of on its own, before the browser has seen a soft navigation.
        await until(lambda: [view.navigation_type for view in self.states("soft")][1:] == ["soft-navigation"])
        await self.told("soft", views=2)

    async def out_of_the_sample(self) -> None:
        tag = 'data-key="pk_shop" data-sample="0.000001" data-sample-errors'
        page = await self.open("unsampled", tag=tag)
        await page.evaluate("(leadline.event('unheard'), leadline.error(new RangeError('kept')))")
        await page.goto("about:blank")
        await self.told("unsampled", "errors")

    async def without_consent(self) -> None:
        page = await self.open("refused", tag='data-key="pk_shop"')
        await page.evaluate("(leadline.event('unheard'), leadline.consent(false))")
        await page.goto("about:blank")
        page = await self.open("unasked", tag=SOON + ' data-consent="required"')
        await page.evaluate("leadline.event('unheard')")
        await page.goto("about:blank")

    async def in_a_storm(self) -> None:
        page = await self.open("storm")
        await page.evaluate("for (let i = 0; i < 500; i++) leadline.error(new TypeError('no price for ' + i))")
        await page.goto("about:blank")
        await until(lambda: any(e.count == 500 for view in self.states("storm") for e in view.errors or []))

    async def by_a_probe(self) -> None:
        context = await self.visiting.context(user_agent="Mozilla/5.0 HeadlessChrome LeadlineSynthetic/1")
        await self.open("probe", context=context)
        # By a fetch of the open page: a context's agent is not carried by what is sent on leaving, only a browser's is.
        await self.told("probe")

    async def offline_and_back(self) -> None:
        page = await self.open("tunnel")
        await self.told("tunnel")
        await page.context.set_offline(True)
        await page.evaluate("leadline.event('in_the_tunnel')")
        await page.wait_for_timeout(500)
        await page.context.set_offline(False)
        await self.told("tunnel", "events")

    async def with_the_script_twice(self) -> None:
        page = await self.open("twice", head=f'<script async src="/_l/b.js?again" {SOON}></script>')
        await page.wait_for_load_state()
        await page.evaluate("leadline.event('once')")
        await page.close()
        await self.told("twice", "events")

    async def in_a_frame_without_storage(self) -> None:
        self.site.serve("<h1>framed</h1>", path=f"{self.under}/framed", tag=SOON)
        page = await (await self.visiting.context()).new_page()
        around = f'<iframe sandbox="allow-scripts" src="{self.under}/framed"></iframe>'
        await page.goto(self.site.serve(around, path=f"{self.under}/around", script=""))
        await page.frames[1].wait_for_function("window.leadline && leadline.version")
        await page.frames[1].evaluate("leadline.event('framed')")
        await page.goto("about:blank")
        await self.told("framed", "events")

    async def back_from_the_cache(self, whole: Visiting) -> None:
        page = await self.open("cached", visiting=whole)
        await page.evaluate("() => { addEventListener('pageshow', event => window.isRestored = event.persisted) }")
        await page.goto(self.site.serve("<h1>other</h1>", path=f"{self.under}/other", script=""))
        await page.evaluate("() => { setTimeout(() => history.back()) }")
        await page.wait_for_function("window.isRestored")
        await until_known(page, "vitals.lcp_ms")
        await page.goto("about:blank")
        await self.told("cached", views=2)

    async def prerendered(self, home: Path) -> None:
        """In a Chromium that nobody is attached to: DevTools turn prerendering off."""
        next_up, end = f"{self.under}/prerendered", f"{self.under}/end"
        rules = f'{{"prerender": [{{"urls": ["{next_up}"], "eagerness": "immediate"}}]}}'
        move = f"document.addEventListener('prerenderingchange', () => setTimeout(() => location.href = '{end}', 800))"
        self.site.serve(f"<h1>next</h1><script>{move}</script>", path=next_up, tag=SOON)
        self.site.serve("<h1>end</h1>", path=end, script="")
        go = f"setTimeout(() => location.href = '{next_up}', 2500)"
        head = f'<script type="speculationrules">{rules}</script>'
        first = self.site.serve(f"<script>{go}</script>", path=f"{self.under}/first", head=head, script="")
        switches = ["--headless=new", "--no-sandbox", "--no-first-run", "--disable-background-networking"]
        nowhere = subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *(WHOLE_CHROMIUM, *switches, f"--user-data-dir={home}", first), stdout=nowhere, stderr=nowhere
        )
        try:
            await self.told("prerendered")
        finally:
            process.terminate()
            await process.wait()
