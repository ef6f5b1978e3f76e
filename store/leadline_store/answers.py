"""Maps each question of leadline/storeclient/questions.py to the function that answers it; mypy checks the types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from leadline.store import Store
from leadline.storeclient import QUESTIONS, Question, questions
from leadline.storeclient.questions import Answered, Asked
from leadline_store.backups import write_backup
from leadline_store.figures.beacons_heard import list_beacons_heard
from leadline_store.figures.delivery import measure
from leadline_store.figures.distributions import list_distributions
from leadline_store.figures.errors import list_errors
from leadline_store.figures.funnel import list_funnel
from leadline_store.figures.isolation import compare_with_runs
from leadline_store.figures.journeys import list_journeys
from leadline_store.figures.kpis import list_kpis
from leadline_store.figures.listening import list_listening
from leadline_store.figures.objectives import list_objectives
from leadline_store.figures.readiness import look_at_app
from leadline_store.figures.requests import list_requests
from leadline_store.figures.sessions import list_sessions
from leadline_store.figures.steps import list_steps
from leadline_store.figures.versions import list_versions
from leadline_store.figures.vitals import compare_vitals
from leadline_store.interchange import check_import, export_one_day, import_one_day, plan_export, plan_import
from leadline_store.new_sessions import count_new_sessions
from leadline_store.plan_answers import answer_plan
from leadline_store.recovery import look_for_recovery
from leadline_store.retention import answer_retention
from leadline_store.verdict_answers import judge

Answer = Callable[[Store, bytes], bytes]
_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=str)


def _by(question: Question[Asked, Answered], answer: Callable[[Store, Asked], Answered]) -> tuple[str, Answer]:
    """`answer` runs in a separate thread and may take as long as the question's patience."""
    decoder = msgspec.json.Decoder(question.asked)
    return question.name, lambda store, body: _encoder.encode(answer(store, decoder.decode(body)))


ANSWERS: dict[str, Answer] = dict(
    [
        _by(questions.VITALS, compare_vitals),
        _by(questions.VERSIONS, list_versions),
        _by(questions.ERRORS, list_errors),
        _by(questions.KPIS, list_kpis),
        _by(questions.JOURNEYS, list_journeys),
        _by(questions.STEPS, list_steps),
        _by(questions.LISTENING, list_listening),
        _by(questions.DISTRIBUTIONS, list_distributions),
        _by(questions.SESSIONS, list_sessions),
        _by(questions.REQUESTS, list_requests),
        _by(questions.FUNNEL, list_funnel),
        _by(questions.BACKUP, write_backup),
        _by(questions.RETENTION, answer_retention),
        _by(questions.IMPORT_PLAN, plan_import),
        _by(questions.IMPORT_CHECK, check_import),
        _by(questions.IMPORT_DAY, import_one_day),
        _by(questions.EXPORT_PLAN, plan_export),
        _by(questions.EXPORT_DAY, export_one_day),
        _by(questions.VERDICT, judge),
        _by(questions.PLAN, answer_plan),
        _by(questions.OBJECTIVES, list_objectives),
        _by(questions.READINESS, look_at_app),
        _by(questions.DELIVERY, measure),
        _by(questions.NEW_SESSIONS, count_new_sessions),
        _by(questions.RECOVERY, look_for_recovery),
        _by(questions.BEACONS_HEARD, list_beacons_heard),
        _by(questions.ISOLATION, compare_with_runs),
    ]
)

# Questions that change the store: refused while its tables are copied (swap.py).
WRITING = frozenset({questions.IMPORT_DAY.name, questions.RETENTION.name})


def find_unanswered(declared: tuple[Question[Any, Any], ...] = QUESTIONS) -> list[str]:
    """Names of questions without a function; with any, the service does not start."""
    return [question.name for question in declared if question.name not in ANSWERS]
