"""The story, act by act: what is done to the shop, what is waited for, and which claims are made of it.

Every claim is judged by `claims` on what `Asking` read from the running system; the first that does not hold ends the
story.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from leadline.clock import now
from walking import claims
from walking.acts import Acts
from walking.claims import Finding
from walking.facts import Notification, Page, VersionFigures
from walking.rollback import APP, Rollback
from walking.summary import COLUMNS, next_lines, summary_lines, version_rows

STABLE, CANARY = "1.4.2", "1.5.0"
DEAD_BUTTON = {"version": CANARY, "fault": "dead_button"}
SEED = 7
# Visitors a second, in a long walk. A few visits at once take some 0.6 of a core on top of the journeys.
PER_SECOND = 1.0
# How long the sample may take to come: where many share a machine, Chromium makes a visit in four seconds.
VISITS_PATIENCE_S = 300.0


@dataclass
class Story(Acts):
    """One walk. `has_second`: with the release that Leadline rolls back."""

    has_second: bool = True

    def tell(self) -> None:
        """ClaimFailed at the first claim that does not hold, Gone when a process of the walk ended."""
        began_at = now()
        self._start()
        app = Rollback(self.places, self.company, self.asking, self.teller, self.command, self.pace)
        if self.has_second:
            app.begin()
        self._healthy_baseline(began_at)
        self._canary_starts()
        broken_at = self._break_the_canary()
        self._users_tell_the_same(broken_at)
        self._mend()
        if self.has_second:
            self.company.thin_out_visitors()
            app.tell()
        self._sum_up(began_at)
        if not self.has_second:
            self.teller.say("\nCHAPTERS=2 make demo also shows a second release, which Leadline rolls back by itself.")

    def _start(self) -> None:
        self.teller.chapter(
            "A shop, its visitors, and Leadline",
            "A shop serves two versions. `leadline up` starts beside it: a collector for beacons of real browsers, a "
            "scheduler that runs a journey through the checkout every five seconds, and a web service that shows both.",
        )
        self.company.start_receiver()
        self.company.start_shop(seed=SEED)
        self.company.start_leadline()
        with self.teller.waiting("starting"):
            places = self.places
            self._until("the shop answers", lambda: self.asking.is_ready(f"{places.shop_url}/health"))
            self._until("the on-call's phone answers", lambda: self.asking.is_ready(f"{places.receiver_url}/pages"))
            self._until("Leadline is up", lambda: self.asking.is_ready(f"{places.web_url}/readyz"))
        self.company.start_visitors(seed=SEED, per_second=PER_SECOND)
        self.teller.lines([f"shop {places.shop_url} · dashboard {places.web_url} · on-call {places.receiver_url}"])

    def _healthy_baseline(self, began_at: datetime) -> None:
        self.teller.chapter(
            f"Healthy baseline: everybody is on {STABLE}",
            f"{CANARY} is deployed, but no visitor gets it. The journey is there already, by a cookie: deployed is not "
            "released.",
        )
        self.asking.mark_deployment(version=STABLE, cohort="baseline")
        self.asking.mark_deployment(version=CANARY, cohort="canary")
        with self.teller.waiting("the first runs of the journey, the first visits"):
            self._stay(8, began_at)
            self._claim(lambda: claims.both_cohorts_pass(self.asking.runs(began_at), self.asking.checks(began_at)))
            self._claim(lambda: claims.only_baseline_has_visitors(*self._both(began_at)))

    def _canary_starts(self) -> None:
        self.teller.chapter(
            f"The canary starts: half of the new visitors get {CANARY}",
            "Who gets it keeps it. Nothing is wrong with it yet, and both versions sell.",
        )
        started_at = now()
        self.asking.switch(canary_share=0.5)
        with self.teller.waiting("visits of both versions"):
            self._stay(8, started_at)
            self._claim(lambda: claims.both_versions_have_visitors(*self._both(started_at)))

    def _break_the_canary(self) -> datetime:
        self.teller.chapter(
            f"The fault: the buy button of {CANARY} does nothing",
            "Every request answers 200, no script throws, the health check is green, and nobody can buy. No log and no "
            "latency graph will say so.",
        )
        broken_at = now()
        self.asking.switch(**DEAD_BUTTON, on=True)
        with self.teller.waiting("the journey to come by"):
            self._claim(
                lambda: claims.only_the_canary_fails(
                    self.asking.runs(broken_at), self.asking.checks(broken_at), step="buy"
                )
            )
            self._claim(lambda: claims.the_failure_is_confirmed(self.asking.runs(broken_at)))
            self._claim(lambda: claims.one_incident_is_open(self.asking.incidents("shop")))
            words = ["checkout", "buy", CANARY, "canary"]
            self._claim(lambda: claims.one_page_tells_all(self.asking.pages("shop"), words=words))
        page = self._asked(lambda: self.asking.pages("shop"))[0]
        took = (page.received_at - broken_at).total_seconds()
        self.teller.say(f"\n  {took:.1f} s after it broke, the on-call's phone shows:\n")
        self.teller.page(page)
        return broken_at

    def _users_tell_the_same(self, broken_at: datetime) -> None:
        self.teller.chapter(
            "What real users say: the same, per version",
            "The journey found that it is broken; the beacons of real visits show what it costs. Sales differ by "
            "version, while neither throws errors or answers slowly: the graphs that most teams watch would have shown "
            "nothing.",
        )
        with self.teller.waiting("enough visits that it can't be chance"):
            self._stay(40, broken_at)
            # How many to wait for is fixed beforehand, and the question is asked once: whoever asks until they like
            # the answer will find a difference where there is none.
            enough = partial(self._enough_visits, broken_at)
            self._claim(enough, is_told=False, patience_s=VISITS_PATIENCE_S)
            self._claim(lambda: claims.conversion_differs(*self._both(broken_at)), is_single_look=True)
            self._claim(lambda: claims.errors_do_not_differ(*self._both(broken_at)))
            self._claim(lambda: claims.both_answer_fast(*self._both(broken_at)))
            self._claim(lambda: claims.one_page_tells_all(self.asking.pages("shop"), words=[CANARY]), is_told=False)

    def _mend(self) -> None:
        self.teller.chapter(
            "The fault is fixed",
            "The next run of the journey passes, the incident resolves, and the on-call is told once.",
        )
        self.asking.switch(**DEAD_BUTTON, on=False)
        with self.teller.waiting("the next run in the canary"):
            self._claim(lambda: claims.the_incident_resolves(self.asking.incidents("shop")))
            self._claim(
                lambda: claims.one_resolve_follows(
                    self.asking.pages("shop"), self.asking.notifications(), self.asking.incidents("shop")
                )
            )
        ends = [page.title for page in self._asked(lambda: self.asking.pages("shop")) if page.transition == "resolve"]
        self.teller.lines(ends, indent="      ")

    def _sum_up(self, began_at: datetime) -> None:
        self.teller.chapter("What stands in the store", "Asked of Leadline, not remembered by this walk.")
        with self.teller.waiting("the last beacons"):
            for version in (STABLE, CANARY):
                sold_before = self._asked(partial(self._sold, version))
                self._claim(partial(self._sales, began_at, version, sold_before=sold_before))
        notifications, pages = self._all_that_was_owed()
        vitals = self._asked(self.asking.vitals)
        self.teller.table("Real users, per version (the whole walk)", COLUMNS, version_rows(vitals))
        self.teller.say("")
        self.teller.lines(
            summary_lines(
                self._asked(lambda: self.asking.runs(began_at)),
                self._asked(lambda: self.asking.checks(began_at)),
                vitals,
                incidents=self._asked(self.asking.incidents),
                notifications=notifications,
                pages=pages,
                actions=self._asked(lambda: self.asking.actions(APP)),
            )
        )
        self.teller.say("\nWhat to type next:\n", style="bold")
        self.teller.lines(next_lines(self.places, command=self.command))

    def _all_that_was_owed(self) -> tuple[list[Notification], list[Page]]:
        """The ledger and what arrived, at a moment at which nothing is under way."""
        read: list[tuple[list[Notification], list[Page]]] = []

        def look() -> Finding:
            read.append((self.asking.notifications(), self.asking.pages()))
            notifications, pages = read[-1]
            return claims.all_pages_arrived(notifications, pages)

        self._claim(look, is_told=False)
        return read[-1]

    def _enough_visits(self, since: datetime) -> Finding:
        return claims.enough_visits(*self._both(since))

    def _sales(self, began_at: datetime, version: str, *, sold_before: int) -> Finding:
        stored = self.asking.figures(began_at, version)[0].sales
        return claims.every_sale_is_stored(
            sold_before=sold_before, stored=stored, sold_after=self._sold(version), version=version
        )

    def _sold(self, version: str) -> int:
        return int(self.asking.shop()["figures"][version]["orders"])

    def _both(self, since: datetime) -> tuple[VersionFigures, VersionFigures]:
        baseline, canary = self.asking.figures(since, STABLE, CANARY)
        return baseline, canary
