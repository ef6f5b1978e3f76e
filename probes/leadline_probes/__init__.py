"""The probes: processes that run journeys and checks and yield results. Playwright and aiohttp live here alone."""
