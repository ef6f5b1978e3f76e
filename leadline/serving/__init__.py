"""Common parts of all HTTP services, on Starlette and FastAPI. It has no routes and no port."""
