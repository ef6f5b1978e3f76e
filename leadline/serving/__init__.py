"""What every HTTP service of the house does alike, on Starlette and FastAPI. It has no route and no port of its own."""
