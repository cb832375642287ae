"""What a form offers to read of a cluster."""

from flask import Flask

from tests.pipeline.kubernetes.made_up import MadeUp
from tests.rows import new_target
from webapp.config import Settings
from webapp.models import Target
from webapp.pipeline.offers import offers_on
from webapp.pipeline.values import Host

LISTED = "/apis/apps/v1/namespaces/default/deployments"


def target(host: Host) -> Target:
    assert host.cluster
    config = {"context": None, "namespace": "default", "kubeconfig": host.cluster.kubeconfig}
    return new_target(type="kubernetes", connection_config=config)


def test_workloads_and_pods_are_offered(
    app: Flask, settings: Settings, api: MadeUp, host: Host
) -> None:
    api.workloads["deployments/shop"] = {
        "metadata": {"name": "shop"},
        "spec": {"replicas": 2},
        "status": {"readyReplicas": 1},
    }
    api.workloads["daemonsets/agent"] = {
        "metadata": {"name": "agent"},
        "spec": {},
        "status": {"numberReady": 3, "desiredNumberScheduled": 3},
    }
    api.pod("shop-1")

    offered = offers_on(target(host), settings)

    assert [(one.name, one.state) for one in offered.pods] == [
        ("deployment/shop", "1/2 ready"),
        ("daemonset/agent", "3/3 ready"),
        ("shop-1", "Running"),
    ]
    assert (offered.containers, offered.files, offered.problems) == ([], [], [])


def test_what_may_not_be_listed_is_left_out(
    app: Flask, settings: Settings, api: MadeUp, host: Host
) -> None:
    api.workloads["deployments/shop"] = {"metadata": {"name": "shop"}, "spec": {}}
    api.refused.add(LISTED)
    api.pod("shop-1")

    offered = offers_on(target(host), settings)

    assert [one.name for one in offered.pods] == ["shop-1"]


def test_a_cluster_that_cannot_be_asked_is_a_sentence(
    app: Flask, settings: Settings, api: MadeUp, host: Host
) -> None:
    api.refused.add("/api/v1/namespaces/default/pods")

    (problem,) = offers_on(target(host), settings).problems

    assert problem.startswith("Pods could not be listed: pods is forbidden: ")
