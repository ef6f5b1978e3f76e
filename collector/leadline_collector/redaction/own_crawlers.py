"""Crawlers missing in the list (the package crawler-user-agents), and its entries that are not crawlers for us.

Each name has a source from its owner. A name counts only as a whole word: CUBOT is a phone.
"""

from __future__ import annotations

# Part of the user agent -> source. Some are in the package too: they must be known with any release of it.
OWN_CRAWLERS: dict[str, str] = {
    "GoogleOther": "https://developers.google.com/search/docs/crawling-indexing/google-common-crawlers",
    "Google-InspectionTool": "https://developers.google.com/search/docs/crawling-indexing/google-common-crawlers",
    "Google-Site-Verification": "https://developers.google.com/search/docs/crawling-indexing/google-user-triggered-fetchers",
    "FeedFetcher-Google": "https://developers.google.com/search/docs/crawling-indexing/google-user-triggered-fetchers",
    "Google Page Speed Insights": "https://developers.google.com/speed/docs/insights/v5/about",
    "Google-CWS": "https://developers.google.com/search/docs/crawling-indexing/google-user-triggered-fetchers",
    "Google-Agent": "https://developers.google.com/search/docs/crawling-indexing/google-user-triggered-fetchers",
    "Google-PageRenderer": "https://developers.google.com/search/docs/crawling-indexing/google-user-triggered-fetchers",
    "Claude-User": "https://support.anthropic.com/en/articles/8896518",
    "Claude-SearchBot": "https://support.anthropic.com/en/articles/8896518",
    "ChatGPT-User": "https://platform.openai.com/docs/bots",
    "Perplexity-User": "https://docs.perplexity.ai/guides/bots",
    "Checkly": "https://www.checklyhq.com/docs/monitoring/allowlisting/",
    "CloudWatchSynthetics": "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries.html",
    "Datadog/Synthetics": "https://docs.datadoghq.com/synthetics/guide/identify_synthetics_bots/",
    "DatadogSynthetics": "https://docs.datadoghq.com/synthetics/guide/identify_synthetics_bots/",
    "DebugBear": "https://www.debugbear.com/docs",
    "DynatraceSynthetic": "https://docs.dynatrace.com/docs/observe/digital-experience/synthetic-monitoring",
    "RuxitSynthetic": "https://docs.dynatrace.com/docs/observe/digital-experience/synthetic-monitoring",
    "Elastic/Synthetics": "https://www.elastic.co/docs/solutions/observability/synthetics",
    "NewRelicSynthetics": "https://docs.newrelic.com/docs/synthetics/",
    "NewRelicPinger": "https://docs.newrelic.com/docs/synthetics/",
    "Rigor/": "https://docs.splunk.com/observability/en/synthetics/set-up-synthetics/set-up-synthetics.html",
    "Sematext-Synthetics": "https://sematext.com/docs/synthetics/",
    "SolarWindsTransactionBot": "https://documentation.solarwinds.com/en/success_center/observability/",
    "solarwinds/": "https://documentation.solarwinds.com/en/success_center/observability/",
    "SpeedCurve": "https://support.speedcurve.com/",
    "Uptrends": "https://www.uptrends.com/support/kb/",
    "Uptime-Kuma": "https://github.com/louislam/uptime-kuma",
    "k6/": "https://grafana.com/docs/k6/latest/using-k6/k6-options/reference/#user-agent",
    "Cypress/": "https://docs.cypress.io/",
}

# Names in the package of applications in whose windows people look at pages. A user agent that begins with the name is
# the application itself, which fetches a preview.
PEOPLES_APPLICATIONS = frozenset({"Viber", "WhatsApp", "Notion/", "Fever", "Fluid", "Silk/", "Snapchat"})

# Tags in the package of clients that are not crawlers: a beacon written by hand or by a library should count.
NOT_CRAWLERS = frozenset({"http-library"})

# Words that end in "bot" and are not robots: makers, families, fish, and the app of a maker of vacuum cleaners.
PEOPLES_NAMES = ("abbot", "burbot", "cubot", "irobot", "talbot", "turbot")
