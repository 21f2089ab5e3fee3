"""The Helm chart, linted and rendered by Helm's own code, held against Kubernetes' schemas and against the program.

No cluster is asked. The two kinds of the Prometheus operator have no schema here: their parts are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import kubernetes_validate
import pytest
import yaml

from bot.app.running import DRAIN_S
from bot.settings.environment import VARIABLES
from bot.settings.sections import HealthSection, SlackSection

helm = pytest.importorskip("helm_python", reason="there is Helm's code for Linux on x86-64 only")

ROOT: Final = Path(__file__).resolve().parents[2]
CHART: Final = ROOT / "deploy" / "helm" / "gatehouse"
USER: Final = 10001
OLDEST, NEWEST = "1.27", "1.37"
"""The oldest Kubernetes that Chart.yaml lets in, and the newest with schemas here."""

SETTINGS: Final = '[slack]\nteam_id = "T0NORTHWIND"\n\n[health]\n# From outside.\nhost = "0.0.0.0"\n'
ONE: Final[dict[str, Any]] = {"config": {"gatehouse": SETTINGS, "access": "version = 1\n"}}
THREE: Final[dict[str, Any]] = {**ONE, "replicas": 3, "ledger": {"external": True, "tlsSecret": "valkey-tls"}}
ALL: Final[dict[str, Any]] = {
    **THREE,
    "http": {"enabled": True},
    "image": {"repository": "registry.example/gatehouse", "tag": "0.2.0", "pullSecrets": ["registry"]},
    "storage": {"className": "fast", "data": "10Gi", "record": "1Gi"},
    "metrics": {
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "rules": {"enabled": True, "labels": {"release": "prometheus"}},
    },
    "networkPolicy": {
        "metricsFrom": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}],
        "httpFrom": [{"podSelector": {}}],
        "moreEgress": [{"ports": [{"port": 587}]}],
    },
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "dedicated", "operator": "Exists"}],
}
EXISTING: Final[dict[str, Any]] = {
    "config": {"existing": "settings"},
    "existingSecret": "tokens",
    "networkPolicy": {"enabled": False},
}
VALUES: Final = {"one": ONE, "three": THREE, "all": ALL, "existing": EXISTING}
OF_THE_OPERATOR: Final = {"ServiceMonitor", "PrometheusRule"}


def made(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everything that the chart makes of these values."""
    files: dict[str, str] = helm.Chart.load(CHART).render(values, name="gate", namespace="security")
    texts = [text for name, text in files.items() if name.endswith(".yaml")]
    return [one for text in texts for one in yaml.safe_load_all(text) if one]


def the(kind: str, values: Mapping[str, Any] = ONE) -> dict[str, Any]:
    """The one of a kind."""
    [found] = [one for one in made(values) if one["kind"] == kind]
    return found


def pod(values: Mapping[str, Any] = ONE) -> dict[str, Any]:
    """What stands in the StatefulSet of a pod."""
    found: dict[str, Any] = the("StatefulSet", values)["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_helm_finds_nothing_to_warn_of(values: dict[str, Any]) -> None:
    found = helm.lint(CHART, values, strict=True)
    assert found["errors"] == []
    assert [one for one in found["messages"] if "icon is recommended" not in one["error"]] == []


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_kubernetes_takes_what_it_makes(values: dict[str, Any], version: str) -> None:
    """Strictly: a key that there is not is none that is ignored."""
    for one in made(values):
        if one["kind"] not in OF_THE_OPERATOR:
            kubernetes_validate.validate(one, version, strict=True)


def test_what_it_makes_is_what_its_values_ask_for() -> None:
    kinds = {name: sorted(one["kind"] for one in made(values)) for name, values in VALUES.items()}
    always = ["ConfigMap", "NetworkPolicy", "Service", "StatefulSet"]
    assert kinds["one"] == always
    assert kinds["three"] == sorted([*always, "PodDisruptionBudget"])
    assert kinds["all"] == sorted([*always, "PodDisruptionBudget", *OF_THE_OPERATOR])
    assert kinds["existing"] == ["Service", "StatefulSet"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "--set-file config.gatehouse"),
        ({**ONE, "replicas": 3}, "set ledger.external"),
        ({"config": {**ONE["config"], "gatehouse": "[slack]\n"}}, '[health] host = "0.0.0.0"'),
        ({"config": {**ONE["config"], "gatehouse": '[http]\nhost = "0.0.0.0"\n[health]\n'}}, "[health] host"),
        ({"config": {**ONE["config"], "gatehouse": '[health]\n[http]\nhost = "0.0.0.0"\n'}}, "[health] host"),
        ({"config": {**ONE["config"], "gatehouse": '[health]\n# host = "0.0.0.0"\n'}}, "[health] host"),
        ({**ONE, "replica": 3}, "replica"),
        ({**ONE, "replicas": 0}, "replicas"),
        ({**ONE, "replicas": "three"}, "replicas"),
        ({**ONE, "existingSecret": ""}, "existingSecret"),
        ({**ONE, "ledger": {"url": "rediss://:secret@db"}}, "url"),
        ({**ONE, "metrics": {"serviceMonitor": {"enable": True}}}, "enable"),
    ],
)
def test_values_that_would_not_work_are_refused_in_words(values: dict[str, Any], words: str) -> None:
    with pytest.raises(helm.HelmError) as refused:
        made(values)
    assert words in str(refused.value)


def test_it_needs_the_kubernetes_that_it_says() -> None:
    wanted = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))["kubeVersion"]
    assert wanted == f">={OLDEST}.0-0"


def test_chart_and_program_are_of_one_release() -> None:
    told = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'\nversion = "{told["appVersion"]}"\n' in project
    assert pod()["containers"][0]["image"] == f"gatehouse:{told['appVersion']}"


class TestThePod:
    """What runs, closed as far as it can be."""

    def test_it_may_write_its_folders_and_nothing_else(self) -> None:
        spec, [container] = pod(), pod()["containers"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert {spec["securityContext"][one] for one in ("runAsUser", "runAsGroup", "fsGroup")} == {USER}
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }

    @pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
    def test_every_volume_is_there_and_where_the_image_looks(self, values: dict[str, Any]) -> None:
        spec = the("StatefulSet", values)["spec"]
        volumes = [one["name"] for one in spec["template"]["spec"]["volumes"]]
        claims = [one["metadata"]["name"] for one in spec["volumeClaimTemplates"]]
        [container] = spec["template"]["spec"]["containers"]
        mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
        assert sorted(mounts) == sorted(volumes + claims)
        image = (ROOT / "Dockerfile").read_text("utf-8")
        assert f"GATEHOUSE_DATA={mounts['data']} " in image
        assert f"GATEHOUSE_RECORD={mounts['record']}\n" in image
        assert f"GATEHOUSE_CONFIG={mounts['settings']}/gatehouse.toml " in image

    def test_what_proves_the_record_stays_and_the_ledger_is_where_it_is(self) -> None:
        claims = {
            name: [
                one["metadata"]["name"]
                for one in the("StatefulSet", VALUES[name])["spec"]["volumeClaimTemplates"]
            ]
            for name in ("one", "three")
        }
        assert claims == {"one": ["data", "record"], "three": ["record"]}

    def test_the_certificates_lie_where_the_values_say(self) -> None:
        mounts = {one["name"]: one["mountPath"] for one in pod(THREE)["containers"][0]["volumeMounts"]}
        assert mounts["tls"] in (CHART / "values.yaml").read_text("utf-8")
        assert mounts["tls"] == "/etc/gatehouse-tls"

    def test_the_probes_ask_what_the_program_answers(self) -> None:
        [container] = pod(ALL)["containers"]
        ports = {one["name"]: one["containerPort"] for one in container["ports"]}
        assert ports == {"health": HealthSection().port, "slack": SlackSection.model_fields["port"].default}
        paths = {
            one: container[f"{one}Probe"]["httpGet"]["path"] for one in ("liveness", "readiness", "startup")
        }
        assert paths == {"liveness": "/healthz", "readiness": "/readyz", "startup": "/healthz"}

    def test_nobody_kills_it_before_it_has_drained(self) -> None:
        assert pod()["terminationGracePeriodSeconds"] > DRAIN_S

    def test_a_change_of_the_settings_starts_it_anew_and_one_of_the_access_file_does_not(self) -> None:
        def mark(gatehouse: str, access: str) -> Any:
            values = {"config": {"gatehouse": gatehouse, "access": access}}
            return the("StatefulSet", values)["spec"]["template"]["metadata"]["annotations"]

        assert mark(SETTINGS, "version = 1\n") == mark(SETTINGS, "version = 1\n# more\n")
        assert mark(SETTINGS, "version = 1\n") != mark(SETTINGS + "# more\n", "version = 1\n")


@pytest.mark.parametrize(
    "text", ["version = 1\n", "  version = 1", "\n\n# ü {{ .Values }} |\n\tx", 'a = "<&>"\n']
)
def test_the_files_arrive_to_the_letter(text: str) -> None:
    found = the("ConfigMap", {"config": {"gatehouse": SETTINGS, "access": text}})["data"]
    assert found == {"gatehouse.toml": SETTINGS, "access.toml": text}


def test_nothing_secret_is_made_of_values() -> None:
    """A Secret of the chart would stand in Helm's history: every secret comes from one that is there."""
    assert all(one["kind"] != "Secret" for values in VALUES.values() for one in made(values))
    [container] = pod(EXISTING)["containers"]
    assert container["envFrom"] == [{"secretRef": {"name": "tokens"}}]
    assert "env" not in container
    said = (CHART / "values.yaml").read_text("utf-8")
    assert {one.name for one in VARIABLES if one.secret and one.name in said} >= {
        "SLACK_BOT_TOKEN",
        "LEDGER_KEY",
        "REDIS_URL",
    }


def test_what_may_come_in_and_go_out() -> None:
    def ports(values: Mapping[str, Any], way: str) -> list[int]:
        rules = the("NetworkPolicy", values)["spec"][way]
        return [port["port"] for rule in rules for port in rule["ports"]]

    assert ports(ONE, "ingress") == [8080]
    assert ports(ONE, "egress") == [53, 53, 443]
    assert ports(THREE, "egress") == [53, 53, 443, 6379, 26379]
    assert ports(ALL, "ingress") == [8080, 3000]
    assert ports(ALL, "egress") == [53, 53, 443, 6379, 26379, 587]
    assert all(rule["from"] for rule in the("NetworkPolicy", ALL)["spec"]["ingress"])


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_everything_selects_the_pods(values: dict[str, Any]) -> None:
    labels = the("StatefulSet", values)["spec"]["template"]["metadata"]["labels"].items()
    for one in made(values):
        spec = one.get("spec", {})
        selector = spec.get("podSelector") or spec.get("selector") or {}
        asked = selector.get("matchLabels", selector)
        if one["kind"] == "ServiceMonitor":
            assert asked.items() <= the("Service", values)["metadata"]["labels"].items()
        else:
            assert asked.items() <= labels, one["kind"]


class TestMonitoring:
    """What is for the Prometheus operator."""

    def test_the_service_is_asked_for_metrics(self) -> None:
        [endpoint] = the("ServiceMonitor", ALL)["spec"]["endpoints"]
        assert endpoint["path"] == "/metrics"
        assert endpoint["port"] in [one["name"] for one in the("Service", ALL)["spec"]["ports"]]

    def test_the_rules_are_those_of_deploy_to_the_letter(self) -> None:
        rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "gatehouse.rules.yml").read_text("utf-8"))
        assert the("PrometheusRule", ALL)["spec"] == rules

    def test_both_carry_the_labels_that_an_operator_looks_for(self) -> None:
        assert all(
            the(kind, ALL)["metadata"]["labels"]["release"] == "prometheus" for kind in OF_THE_OPERATOR
        )
