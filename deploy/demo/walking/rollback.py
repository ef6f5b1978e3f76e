"""The second release of the walk: it sells less and breaks nothing, and Leadline rolls it back before anybody is paged.

A verdict needs a few minutes of users, so the release starts at the beginning of the walk. The chapter is told at the
end, from the records.
"""

from __future__ import annotations

import subprocess
from datetime import timedelta

from leadline.clock import now
from walking import rollback_claims as claims
from walking.acts import Acts, ClaimFailed
from walking.claims import Finding

APP, FLAG, HOOK = "shop-app", "one-tap", "kill-one-tap"
BASELINE, CANARY = "1.9.0", "2.0.0"
SEED = 18
PER_SECOND = 6.0
# A session is judged a minute after it began, when that minute closes: two minutes, and more on a busy machine.
VERDICT_PATIENCE_S = 300.0
COMMAND_PATIENCE_S = 120.0


class Rollback(Acts):
    """Call `begin` when Leadline is up, and `tell` at the end of the walk."""

    def begin(self) -> None:
        """Drills the rollback hook, gives the new release to half of the app's users, and starts them."""
        for version in (BASELINE, CANARY):
            self.asking.mark_deployment(version=version, app=APP)
        self._run("hook", "drill", HOOK)
        self._run("release", "start", "--app", APP, "--reason", "the walk")
        self.company.start_phones(seed=SEED, per_second=PER_SECOND)

    def tell(self) -> None:
        self.teller.chapter(
            f"The shop's app: {CANARY} sells less, and nothing else is wrong",
            f"Since this walk began, half of the people with the app have got {CANARY} by the flag {FLAG}. No journey "
            "covers it, errors are flat, and it is fast. Its rollback hook was drilled first, then its gate was armed: "
            "after each minute the two releases are compared, and a rollback is carried out before anybody is paged.",
        )
        with self.teller.waiting("the minute whose users suffice"):
            self._claim(
                lambda: claims.a_verdict_rolls_back(self.asking.verdicts(APP), version=CANARY),
                patience_s=VERDICT_PATIENCE_S,
            )
            self._claim(
                lambda: claims.the_machine_took_it_back(self.asking.actions(APP), self.asking.verdicts(APP), hook=HOOK)
            )
            verified_at = self._asked(lambda: self.asking.actions(APP))[0].verified_at or now()
            # A visitor who asked for the flag in the same second may have got the old answer.
            since = verified_at + timedelta(seconds=1)
            self._claim(lambda: claims.nobody_gets_it_any_more(self.asking.visits_since(since, APP), version=CANARY))
            self._claim(lambda: claims.one_page_says_what_was_done(self.asking.pages(APP), hook=HOOK, version=CANARY))
            self._claim(lambda: claims.the_budget_of_errors_is_untouched(self.asking.budget(APP)))
        self.teller.say("\n  The on-call's phone shows, after it was done:\n")
        pages = self._asked(lambda: self.asking.pages(APP))
        self.teller.page(next(page for page in pages if page.transition == "open"))

    def _run(self, *words: str) -> None:
        """Runs a command as a user would; ClaimFailed with its output if it fails."""
        command = [str(self.command), *words, "-c", str(self.places.settings_file)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_PATIENCE_S, check=False)
        if ran.returncode != 0:
            said = (ran.stderr or ran.stdout).strip()
            raise ClaimFailed(Finding(f"leadline {' '.join(words)} works", False, f"exit {ran.returncode}: {said}"))
