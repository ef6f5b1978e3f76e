"""The probes: processes that run journeys and checks and yield results. Only they use Playwright and aiohttp."""
