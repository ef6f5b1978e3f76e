"""The evidence bundle: whoever has it gets the same verdict, bit for bit, and sees when somebody changed it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from judgement.simulated import JOURNEYS, Release, rules, simulate

from leadline.analysis.verdicts import BundleInvalid, Judge, make_bundle, recompute

# Written by the release that did not yet know `canary_amount`, of a KPI with `value`.
FIRST_FORM = Path(__file__).parent / "kept" / "evidence-1.json.gz"
RELEASE = Release(minutes=200, conversion=0.2, canary_conversion=0.7, ramp=((0, 0.5),))


@pytest.fixture(scope="module")
def bundle() -> bytes:
    evidence = simulate(RELEASE, 3)
    return make_bundle(
        Judge(replace(evidence, are_networks_known=True, trimmed=evidence.metrics), rules()), code_version="1"
    )


def test_a_bundle_says_the_same_again(bundle: bytes) -> None:
    again = recompute(bundle)
    assert again.differences == ()
    evidence = simulate(RELEASE, 3)
    evidence = replace(evidence, are_networks_known=True, trimmed=evidence.metrics)
    assert again.verdict == Judge(evidence, rules()).at(evidence.until)


def test_a_bundle_says_the_same_in_another_process(bundle: bytes) -> None:
    program = (
        "import sys; from leadline.analysis.verdicts import recompute; r = recompute(sys.stdin.buffer.read());"
        "print(r.verdict.verdict, r.differences)"
    )
    said = subprocess.run([sys.executable, "-c", program], input=bundle, capture_output=True, check=True).stdout
    assert said == b"rollback ()\n"


def test_the_parts_of_a_bundle_can_be_read(bundle: bytes) -> None:
    said = json.loads(bundle)
    assert said["format"] == "leadline-evidence/5"
    assert set(said) >= {"code_version", "rules", "rules_sha256", "evidence", "trace", "verdict"}
    assert len(said["trace"]["errors"]) == 200
    assert said["verdict"]["verdict"] == "rollback"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda said: said["verdict"].update(verdict="promote"), "verdict"),
        (lambda said: said["rules"].update(alpha=0.2), "rules_sha256"),
        (lambda said: said["evidence"]["metrics"][0]["shares"][50].__setitem__(2, 1.0), "trace"),
        (lambda said: said["evidence"].update(browsers=["Opera"]), "evidence_sha256"),
        (lambda said: said.update(code_version="2"), "evidence_sha256"),
    ],
)
def test_a_bundle_that_was_changed_is_found_out(change: object, named: str, bundle: bytes) -> None:
    said = json.loads(bundle)
    change(said)  # type: ignore[operator]
    assert named in recompute(json.dumps(said).encode()).differences


def test_a_bundle_of_an_earlier_form_may_have_a_bound_below_minus_100_percent() -> None:
    sold_nothing = replace(RELEASE, conversion=0.03, canary_conversion=0.0)
    evidence = simulate(sold_nothing, 3)
    said = json.loads(make_bundle(Judge(evidence, rules()), code_version="1"))
    [metric] = [one for one in said["verdict"]["metrics"] if one["name"] == "kpi:checkout_completed"]
    assert metric["low_ratio"] == -1.0
    said["format"], metric["low_ratio"] = "leadline-evidence/3", -1.37
    assert recompute(json.dumps(said).encode()).differences == ()
    metric["low_ratio"] = -0.9
    assert recompute(json.dumps(said).encode()).differences == ("verdict",)


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"format": "leadline-evidence/1"}'])
def test_what_is_no_bundle_is_refused(text: bytes) -> None:
    with pytest.raises(BundleInvalid):
        recompute(text)


def test_a_bundle_without_anything_in_it_can_be_judged() -> None:
    evidence = simulate(replace(RELEASE, minutes=2, silent_from=0), 1)
    made = make_bundle(Judge(replace(evidence, metrics=(), strata=()), rules(JOURNEYS)), code_version="1")
    assert recompute(made).verdict.verdict == "no_data"


def test_a_bundle_of_the_first_form_is_judged_by_what_it_contains() -> None:
    text = gzip.decompress(FIRST_FORM.read_bytes())
    again = recompute(text)
    assert "canary_amount" not in json.loads(text)["verdict"]["metrics"][0]
    assert (again.verdict.verdict, again.differences) == ("rollback", ())


@pytest.mark.parametrize(
    "change",
    [
        lambda verdict: verdict.update(verdict="promote"),
        lambda verdict: verdict["metrics"][0].update(difference_ratio=0.0),
        lambda verdict: verdict["reasons"][0].update(code="suspect"),
        lambda verdict: verdict["reasons"].pop(),
    ],
)
def test_a_bundle_of_the_first_form_that_was_changed_is_found_out(change: object) -> None:
    said = json.loads(gzip.decompress(FIRST_FORM.read_bytes()))
    change(said["verdict"])  # type: ignore[operator]
    assert recompute(json.dumps(said).encode()).differences == ("verdict",)


def test_a_verdict_of_another_kind_is_no_bundle(bundle: bytes) -> None:
    said = json.loads(bundle)
    said["verdict"]["verdict"] = "perhaps"
    with pytest.raises(BundleInvalid, match="verdict"):
        recompute(json.dumps(said).encode())
