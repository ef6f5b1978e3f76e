"""Sends a page to one target. Only this package uses Apprise.

attempt.py           one attempt at one target, with a total time limit, to a receipt
stoppable_thread.py  the thread that an attempt blocks, stopped at its time limit
exchange.py          the HTTP of an attempt: never redirected, bounded by the attempt, its answer noted
answers.py           a rejection in the text of an answer with a status of success
web_pages.py         a login page with a status of success is not a delivery
plugins.py           turns a target's URL into an Apprise service that knows the incident
alert_services.py    services that keep an alert under a key
buttons.py           a page's links as buttons of chat services
recipients.py        one target that names several recipients
masking.py           no secret of a target gets into a log or a record
target_problems.py   what is wrong with a target, before anything is sent
backoff.py           when to try again, and when to give up
"""

from leadline.notify.attempt import send_page
from leadline.notify.backoff import is_given_up, next_attempt
from leadline.notify.plugins import keeps_alerts
from leadline.notify.recipients import list_recipients
from leadline.notify.target_problems import check_target

__all__ = ["check_target", "is_given_up", "keeps_alerts", "list_recipients", "next_attempt", "send_page"]
