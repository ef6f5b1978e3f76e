"""The book of a run: steps, figures, failures. The host is a recorder; no browser is needed for bookkeeping."""

from __future__ import annotations

import pytest

from leadline.journeys import Failure, KpiOutOfBounds, Run, StepView, UnexpectedStatus
from leadline.model import Cause, RunStatus, StepStatus


class Host:
    """Tells the run what it is asked to tell, and remembers what it heard."""

    def __init__(self) -> None:
        self.view = StepView("1.5.0")
        self.heard: list[str] = []
        self.soft: list[str] = []

    @property
    def request(self) -> None:
        return None

    def attach(self, name: str, content: bytes) -> None:
        self.heard.append(f"attach {name} {content.decode()}")

    def mask(self, text: str) -> str:
        return text.replace("hunter2", "•••")

    def start_step(self, step: str) -> None:
        self.heard.append(f"start {step}")

    async def view_step(self) -> StepView:
        return self.view

    def judge(self, error: BaseException) -> Failure:
        return Failure(RunStatus.FAILED, Cause.ASSERTION, str(error))

    async def look_after(self, error: BaseException) -> None:
        pass

    def take_soft_failures(self) -> list[str]:
        found, self.soft = self.soft, []
        return found

    def keep_cleanup(self, function, arguments) -> None:
        self.heard.append("keep")

    async def settle_cleanups(self) -> None:
        self.heard.append("settle")

    def finish_step(self, step) -> None:
        self.heard.append(f"finish {step.step}")


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def run(host) -> Run:
    return Run(host, run_id="R")


async def test_a_step_that_ends_has_passed_in_the_version_that_served_it(run):
    async with run.step("home", budget="1m"):
        pass
    (step,) = run.steps
    assert (step.step, step.status, step.service_version, step.budget_ms) == ("home", StepStatus.PASSED, "1.5.0", 60000)


async def test_a_step_that_raises_has_failed_and_the_error_goes_on(run):
    with pytest.raises(AssertionError, match="no button"):
        async with run.step("pay"):
            raise AssertionError("no button")
    assert (run.steps[0].status, run.steps[0].error_message) == (StepStatus.FAILED, "no button")
    assert (run.failed_step, run.failure.cause) == ("pay", Cause.ASSERTION)


async def test_the_first_failure_is_the_one_that_is_told(run):
    for name in ("first", "second"):
        with pytest.raises(AssertionError):
            async with run.step(name):
                raise AssertionError(name)
    assert run.failed_step == "first"


async def test_cleanups_are_settled_before_the_step_ends(run, host):
    async with run.step("pay"):
        run.cleanup(print, "order")
    assert host.heard == ["start pay", "keep", "settle", "finish pay"]


async def test_a_page_answered_with_an_error_fails_the_step(run, host):
    host.view = StepView("1.5.0", 500, "https://shop.example/pay")
    with pytest.raises(UnexpectedStatus, match=r"https://shop\.example/pay answered 500"):
        async with run.step("pay"):
            pass


async def test_an_error_that_the_step_expects_does_not_fail_it(run, host):
    host.view = StepView("1.5.0", 404, "https://shop.example/gone")
    async with run.step("gone", status=404):
        pass
    async with run.step("gone too", status=[404, 410]):
        pass
    assert {step.status for step in run.steps} == {StepStatus.PASSED}


async def test_steps_nest_and_stand_in_the_order_in_which_they_began(run, host):
    async with run.step("outer", status=404):
        async with run.step("inner"):
            assert run.current_step == "inner"
            host.view = StepView("1.5.0", 404, "https://shop.example/gone")
        assert run.current_step == "outer"
    assert [(step.step, step.status) for step in run.steps] == [
        ("outer", StepStatus.PASSED),
        ("inner", StepStatus.PASSED),
    ]
    assert host.heard[-1] == "finish outer"


async def test_an_error_of_an_inner_step_fails_the_outer_one_too_and_the_inner_is_named(run):
    with pytest.raises(AssertionError):
        async with run.step("outer"), run.step("inner"):
            raise AssertionError("no button")
    assert [(step.step, step.status) for step in run.steps] == [
        ("outer", StepStatus.FAILED),
        ("inner", StepStatus.FAILED),
    ]
    assert run.failed_step == "inner"


async def test_what_a_soft_check_finds_fails_its_step_and_the_run_but_the_journey_goes_on(run, host):
    async with run.step("look"):
        host.soft += ["no price", "no picture"]
    async with run.step("pay"):
        pass
    run.end()
    assert [step.status for step in run.steps] == [StepStatus.FAILED, StepStatus.PASSED]
    assert (run.failed_step, run.failure.cause) == ("look", Cause.ASSERTION)
    assert run.failure.message == "2 soft assertions failed: no price; no picture"


async def test_a_step_name_is_masked(run):
    async with run.step("log in with hunter2"):
        pass
    assert run.steps[0].step == "log in with •••"


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({"gt": 5}, "total is 5, not more than 5"),
        ({"ge": 6}, "total is 5, not at least 6"),
        ({"lt": 5}, "total is 5, not less than 5"),
        ({"le": 4}, "total is 5, not at most 4"),
    ],
)
async def test_a_figure_out_of_bounds_fails_and_is_kept(run, bounds, words):
    with pytest.raises(KpiOutOfBounds, match=words):
        async with run.step("pay"):
            run.kpi("total", 5, **bounds)
    (kpi,) = run.kpis
    assert (kpi.value, kpi.step, kpi.service_version, kpi.is_within_bounds) == (5.0, "pay", "1.5.0", False)


async def test_a_figure_within_bounds_is_kept(run):
    run.kpi("total", 5, gt=4, ge=5, lt=6, le=5)
    assert run.kpis[0].is_within_bounds


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
async def test_a_figure_that_is_not_finite_is_out_of_bounds(run, value):
    with pytest.raises(KpiOutOfBounds):
        run.kpi("total", value)


@pytest.mark.parametrize("value", ["5", None, True])
async def test_a_figure_that_is_no_number_is_an_error_of_the_journey(run, value):
    with pytest.raises(TypeError, match="not a number"):
        run.kpi("total", value)
