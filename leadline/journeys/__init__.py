"""The API for authors of journeys: the decorator, the run, secrets; and finding journeys in files.

Nothing here starts a browser or a process, and importing it loads neither Playwright nor msgspec's codecs.
"""

from leadline.journeys.declaration import Journey, Journeys, journey
from leadline.journeys.marked_steps import step
from leadline.journeys.one_time import totp
from leadline.journeys.run import Failure, KpiOutOfBounds, Run, RunHost, StepView, UnexpectedStatus
from leadline.journeys.secrets import MissingSecret, Secret, known_secrets, secret

__all__ = [
    "Failure",
    "Journey",
    "Journeys",
    "KpiOutOfBounds",
    "MissingSecret",
    "Run",
    "RunHost",
    "Secret",
    "StepView",
    "UnexpectedStatus",
    "journey",
    "known_secrets",
    "secret",
    "step",
    "totp",
]
