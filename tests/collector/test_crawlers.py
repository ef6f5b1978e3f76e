"""Crawlers are known by name, people and their phones are not taken for them, and each is counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from leadline_collector.counting.counts import MOST_CRAWLERS, OTHER_CRAWLERS, Counts
from leadline_collector.redaction.crawlers import find_crawler
from leadline_collector.redaction.own_crawlers import OWN_CRAWLERS

Make = Callable[..., dict[str, Any]]
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
PHONE = (
    "Mozilla/5.0 (Linux; Android 11; {}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot"),
        (f"{CHROME} (compatible; GoogleOther)", "GoogleOther"),
        ("Mozilla/5.0 (compatible; Claude-User/1.0; +Claude-User@anthropic.com)", "Claude-User"),
        ("Mozilla/5.0 (compatible; Google-Site-Verification/1.0)", "Google-Site-Verification"),
        (f"{CHROME} Checkly/1.0 (https://www.checklyhq.com)", "Checkly"),
        (f"{CHROME} DatadogSynthetics", "DatadogSynthetics"),
        ("Datadog/Synthetics", "Datadog"),
        (f"{CHROME} Google Page Speed Insights", "Google Page Speed Insights"),
        ("WhatsApp/2.23.20.0 A", "WhatsApp"),
        (f"{CHROME} OurCrawlerService/1.0", "OurCrawlerService"),
        (f"{CHROME} site_spiders/2", "site_spiders"),
        ("Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "UptimeRobot"),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/156.0.0.0", "HeadlessChrome"),
        ("Mozilla/5.0 (Linux; Android 11) Chrome-Lighthouse", "Chrome-Lighthouse"),
        ("Mozilla/5.0 (compatible; NobodyHeardOfBot/3.1)", "NobodyHeardOfBot"),
        ("Mozilla/5.0 (compatible; some-crawler-2)", "some-crawler-2"),
        ("Mozilla/5.0 (Linux; Android 8.0; Pixel 2 Build/OPD3; Storebot-Google/1.0) Mobile Safari", "Storebot-Google"),
    ],
)
def test_a_crawler_is_known_by_its_name(agent: str, name: str) -> None:
    assert find_crawler(agent) == name


@pytest.mark.parametrize("name", OWN_CRAWLERS)
def test_each_addition_of_ours_is_known_and_says_where_it_is_from(name: str) -> None:
    assert find_crawler(f"{CHROME} {name}{'1.0' if name.endswith('/') else ''}")
    assert OWN_CRAWLERS[name].startswith("https://")


def test_nearly_all_examples_of_the_list_are_known() -> None:
    crawlers = [entry for entry in CRAWLER_USER_AGENTS_DATA if "http-library" not in entry.get("tags", ())]
    examples = [agent for entry in crawlers for agent in entry["instances"]]
    unknown = [agent for agent in examples if find_crawler(agent) is None]
    # Names inside longer words, and applications in whose windows people look at pages.
    assert len(unknown) < 0.04 * len(examples)


@pytest.mark.parametrize(
    "agent",
    [
        CHROME,
        PHONE.format("CUBOT NOTE 20 PRO"),
        PHONE.format("CUBOT_X30"),
        PHONE.format("CUBOT/P40 Build/QP1A"),
        PHONE.format("Fever 2"),
        "Mozilla/5.0 (Linux; U; Android 9; en-us; CUBOT_J8 Build/PPR1) AppleWebKit/537.36 Version/4.0 Mobile",
        PHONE.format("SM-S918B; wv") + " Viber/22.0",
        PHONE.format("Pixel 7; wv") + " WhatsApp/2.24.10.79",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148 [FBAN/FBIOS;FBAV/465.0.0.41.103]",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148 Instagram 335.0.0.31.109",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) GSA/310.0.621362041 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 Silk/108.4.6 like Chrome/108.0 Safari/537.36",
        f"{CHROME} Abbot/2.0 Talbots/5.2 Turbot/1 iRobot/7 Bothoven/2",
        f"{CHROME} CrawlspaceInspector/1 SpidermanGame/2 LighthouseHotels/3",
        "curl/8.5.0",
        "python-requests/2.32",
        "okhttp/4.12.0",
        "",
    ],
)
def test_people_and_libraries_are_no_crawlers(agent: str) -> None:
    assert find_crawler(agent) is None


def test_crawlers_are_counted_by_name_whether_they_are_kept_or_not(standing: Any, beacon: Make) -> None:
    agent = f"{CHROME} (compatible; GoogleOther)"
    assert standing.post(beacon(), user_agent=agent).status_code == 204
    assert standing.post(beacon(key="pk_people"), user_agent=agent).status_code == 202
    [dropped] = [each for each in standing.get("/v1/drops").json() if each["reason"] == "bot"]
    assert (dropped["field"], dropped["detail"]) == ("User-Agent", "GoogleOther")
    metrics = standing.get("/metrics").text
    for app in ("shop", "people"):
        assert f'leadline_collector_crawlers_total{{app="{app}",name="GoogleOther",worker="0"}} 1.0' in metrics
    [told] = [each for each in standing.get("/v1/arrivals?app=shop").json() if each["app"] == "shop"]
    assert {"name": "GoogleOther", "beacons": 1} in told["crawlers"]


def test_names_that_somebody_invents_do_not_grow_the_memory() -> None:
    counts = Counts()
    for number in range(MOST_CRAWLERS + 50):
        counts.see_crawler("shop", f"bot{number}")
    assert len(counts.crawlers) == MOST_CRAWLERS + 1
    assert counts.crawlers["shop", OTHER_CRAWLERS] == 50
