"""The named questions: each a function of the store and a scope that returns flat rows. For API and command."""

from leadline_web.figures.distributions import list_distributions
from leadline_web.figures.errors import list_errors
from leadline_web.figures.journeys import list_journeys
from leadline_web.figures.kpis import list_kpis
from leadline_web.figures.listening import list_listening
from leadline_web.figures.scope import Row, Scope
from leadline_web.figures.steps import list_steps
from leadline_web.figures.versions import list_versions
from leadline_web.figures.vitals import compare_vitals

FIGURES = {
    "vitals": compare_vitals,
    "versions": list_versions,
    "errors": list_errors,
    "kpis": list_kpis,
    "journeys": list_journeys,
    "steps": list_steps,
    "listening": list_listening,
    "distributions": list_distributions,
}

__all__ = ["FIGURES", "Row", "Scope"]
