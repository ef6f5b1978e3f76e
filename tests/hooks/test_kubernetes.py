"""Hooks through kubectl, against a stand-in that records its words and answers as a cluster would."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MakeAct = Callable[..., Any]
# A deployment whose undo swaps its revisions, as kubectl's does.
KUBECTL = f"""#!{sys.executable}
import json, sys
from pathlib import Path
here = Path(__file__).parent
state = json.loads((here / "cluster.json").read_text())
words = sys.argv[1:]
with (here / "asked.jsonl").open("a") as out:
    out.write(json.dumps(words) + "\\n")
notes = state["metadata"]["annotations"]
def keep():
    (here / "cluster.json").write_text(json.dumps(state))
if words[0] == "get":
    print(json.dumps(state))
elif words[0] == "annotate":
    name, _, value = words[2].partition("=")
    notes[name] = value
    keep()
elif words[:2] == ["rollout", "history"]:
    wanted = [word for word in words if word.startswith("--revision=")]
    if wanted and wanted[0][11:] not in state["revisions"]:
        print("error: unable to find the specified revision")
        sys.exit(1)
    print("REVISION  CHANGE-CAUSE\\n" + "\\n".join(f"{{one}}  <none>" for one in state["revisions"]))
elif words[:2] == ["rollout", "undo"]:
    if "--dry-run=server" not in words:
        state["revisions"] = [*state["revisions"][:-2], state["revisions"][-1], str(int(state["revisions"][-1]) + 1)]
        notes["deployment.kubernetes.io/revision"] = state["revisions"][-1]
        state["undone"] = state.get("undone", 0) + 1
        keep()
    print("deployment.apps/checkout rolled back")
"""


class Cluster:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kubectl = folder / "kubectl"
        self.kubectl.write_text(KUBECTL)
        self.kubectl.chmod(0o755)
        self.be(revisions=["1", "2"])

    def be(self, **state: Any) -> None:
        whole = {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "2"}}, "status": {}, **state}
        (self.folder / "cluster.json").write_text(json.dumps(whole))

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "cluster.json").read_text())
        return found

    def asked(self) -> list[list[str]]:
        noted = self.folder / "asked.jsonl"
        return [json.loads(line) for line in noted.read_text().splitlines()] if noted.exists() else []


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


@pytest.fixture
def kube(hook: Callable[..., Any], cluster: Cluster) -> Callable[..., Any]:
    return lambda kind, **said: hook(kind, kubectl=str(cluster.kubectl), **said)


async def test_a_rollout_is_aborted_in_its_namespace(kube: Any, act: MakeAct, cluster: Cluster) -> None:
    assert (await kube("argo", rollout="shop/checkout").execute(act())).is_taken
    assert cluster.asked() == [["argo", "rollouts", "abort", "checkout", "--namespace", "shop"]]


STEPS = [{"setWeight": 10}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}]


def at_step(cluster: Cluster, step: int, **annotations: str) -> None:
    spec = {"strategy": {"canary": {"steps": STEPS}}}
    cluster.be(spec=spec, status={"currentStepIndex": step}, metadata={"annotations": annotations})


def promotes(cluster: Cluster) -> int:
    return sum(words[:3] == ["argo", "rollouts", "promote"] for words in cluster.asked())


async def test_a_rollout_is_promoted_to_the_weight_of_the_stage(kube: Any, act: MakeAct, cluster: Cluster) -> None:
    at_step(cluster, 1)
    assert (await kube("argo", rollout="shop/checkout").expose(act(stage="50 %", share=0.5))).is_taken
    assert cluster.asked()[-1] == ["argo", "rollouts", "promote", "checkout", "--namespace", "shop"]
    assert cluster.state["metadata"]["annotations"] == {"leadline.dev/promote": "key-1@1"}


@pytest.mark.parametrize(("step", "share"), [(1, 0.1), (3, 0.5), (3, 0.1), (4, 1.0)])
async def test_a_rollout_that_has_the_weight_is_left_alone(
    kube: Any, act: MakeAct, cluster: Cluster, step: int, share: float
) -> None:
    at_step(cluster, step)
    taken = await kube("argo", rollout="checkout").expose(act(stage="it", share=share))
    assert (taken.is_taken, promotes(cluster)) == (True, 0)


async def test_a_repeat_promotes_no_second_step(kube: Any, act: MakeAct, cluster: Cluster) -> None:
    noted = {"leadline.dev/promote": "key-1@1"}
    at_step(cluster, 2, **noted)  # it has left its pause; the weight of 50 is being set
    assert (await kube("argo", rollout="checkout").expose(act(stage="50 %", share=0.5))).is_taken
    assert promotes(cluster) == 0
    at_step(cluster, 1, **noted)  # the attempt that noted it died before it promoted
    assert (await kube("argo", rollout="checkout").expose(act(stage="50 %", share=0.5))).is_taken
    assert promotes(cluster) == 1


@pytest.mark.parametrize(("share", "said"), [(0.2, "sets 50 %, not 20 %"), (None, "no rings")])
async def test_a_rollout_whose_steps_are_not_the_stages_is_not_promoted(
    kube: Any, act: MakeAct, cluster: Cluster, share: float | None, said: str
) -> None:
    at_step(cluster, 1)
    taken = await kube("argo", rollout="checkout").expose(act(stage="it", share=share))
    assert (taken.is_taken, taken.is_final, promotes(cluster)) == (False, True, 0)
    assert said in taken.detail


async def test_a_deployment_is_undone_once_however_often_it_is_asked(kube: Any, act: MakeAct, cluster: Cluster) -> None:
    deployment = kube("deployment", deployment="shop/checkout")
    assert (await deployment.execute(act())).is_taken
    assert "undone already" in (await deployment.execute(act())).detail
    assert cluster.state["undone"] == 1


async def test_an_undo_that_was_killed_before_it_ran_is_done_by_the_repeat(
    kube: Any, act: MakeAct, cluster: Cluster
) -> None:
    noted = {"deployment.kubernetes.io/revision": "2", "leadline.dev/undo": "key-1@2"}
    cluster.be(revisions=["1", "2"], metadata={"annotations": noted})
    assert (await kube("deployment", deployment="checkout").execute(act())).is_taken
    assert cluster.state["undone"] == 1


async def test_another_rollback_of_the_same_deployment_is_done(kube: Any, act: MakeAct, cluster: Cluster) -> None:
    deployment = kube("deployment", deployment="checkout")
    await deployment.execute(act())
    await deployment.execute(act(idempotency_key="key-2"))
    assert cluster.state["undone"] == 2


@pytest.mark.parametrize(
    ("revisions", "to_revision", "said"), [(["2"], None, "no earlier revision"), (["1", "2"], 7, "revision is gone")]
)
async def test_a_rollback_to_a_version_that_is_gone_is_found_without_acting(
    kube: Any, act: MakeAct, cluster: Cluster, revisions: list[str], to_revision: int | None, said: str
) -> None:
    cluster.be(revisions=revisions)
    deployment = kube("deployment", deployment="checkout", to_revision=to_revision)
    assert said in (await deployment.preflight()).detail
    assert said in (await deployment.drill(act(is_drill=True))).detail
    assert "undone" not in cluster.state


async def test_a_drill_of_a_deployment_is_a_dry_run_of_the_server(kube: Any, act: MakeAct, cluster: Cluster) -> None:
    assert (await kube("deployment", deployment="checkout").drill(act(is_drill=True))).is_taken
    assert cluster.asked()[-1] == ["rollout", "undo", "deployment/checkout", "--dry-run=server"]
    assert "undone" not in cluster.state


async def test_flagger_is_only_ready_when_its_canary_asks_us(kube: Any, cluster: Cluster) -> None:
    flagger = kube("flagger", canary="shop/checkout")
    assert "no webhook of type rollback" in (await flagger.preflight()).detail
    cluster.be(spec={"analysis": {"webhooks": [{"type": "rollback"}]}}, status={"phase": "Progressing"})
    assert (await flagger.preflight()).detail == "phase Progressing"


async def test_a_kubectl_that_is_not_there_is_said(hook: Callable[..., Any], act: MakeAct) -> None:
    argo = hook("argo", rollout="checkout", kubectl="no-such-kubectl")
    assert "can't be started" in (await argo.preflight()).detail
    assert not (await argo.execute(act())).is_taken
