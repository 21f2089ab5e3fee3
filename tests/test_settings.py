"""Settings: what is refused, in which words, and what comes out of what is accepted."""

import tomllib
from datetime import time, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from bot.models import CheckName, Kind, Place, Reach, Rules, SecondApproval
from bot.models.unusual import UnusualRule
from bot.settings import Settings, SettingsError, example, load
from bot.settings.environment import VARIABLES, Environment
from bot.settings.reference import keys, render, tables

ROOT = Path(__file__).resolve().parent.parent
LEAST = """
[slack]
team_id = "T0123ABCD"
[portal]
url = "https://portalapi.b.threatlocker.com/portalapi"
[routing.default]
card = "C0CARDS"
escalation = "C0LATE"
audit = "C0AUDIT"
"""
BOT_TOKEN, APP_TOKEN = "xoxb-1-secret-bot", "xapp-1-secret-app"
SECRETS = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "PORTAL_TOKEN": "0123456789abcdef" * 4}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the machine, no `.env` of the working directory."""
    for name in Environment.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def written(folder: Path, text: str) -> Path:
    file = folder / "gatehouse.toml"
    file.write_text(text, encoding="utf-8")
    return file


def problems_of(folder: Path, text: str, *, files_only: bool = True) -> list[str]:
    """The sentences that this configuration file is refused with."""
    with pytest.raises(SettingsError) as refused:
        load(written(folder, text), files_only=files_only)
    return list(refused.value.problems)


def changed(old: str, new: str) -> str:
    assert old in LEAST
    return LEAST.replace(old, new)


def test_the_least_file_is_enough_and_keeps_writes_off(tmp_path: Path, secrets: None) -> None:
    settings = load(written(tmp_path, LEAST))
    assert settings.writes == "off"
    assert settings.rules() == Rules(access=settings.access, portal_link="https://portal.threatlocker.com")
    assert settings.slack.bot_token.get_secret_value() == BOT_TOKEN
    assert settings.access.file == tmp_path / "access.toml"
    assert settings.ledger.data == tmp_path / "data"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://portalapi.g.threatlocker.com/portalapi", "https://portal.threatlocker.com"),
        ("https://PORTALAPI.H.ThreatLocker.com/portalApi/", "https://portal.threatlocker.com"),
        ("https://portalapi.eu1.threatlocker.com/portalapi", ""),
        ("https://portalapi.b.threatlocker.com.evil.example/portalapi", ""),
        ("https://portal.example/portalapi", ""),
        ("http://127.0.0.1:8080/portalapi", ""),
    ],
)
def test_the_way_to_the_portal_is_there_by_default_where_it_is_known(
    tmp_path: Path, secrets: None, url: str, link: str
) -> None:
    text = changed("https://portalapi.b.threatlocker.com/portalapi", url)
    assert load(written(tmp_path, text)).rules().portal_link == link


def test_another_way_to_the_portal_can_be_named(tmp_path: Path, secrets: None) -> None:
    text = changed("[routing", 'web_url = "https://portal.eu.example/"\n[routing')
    assert load(written(tmp_path, text)).rules().portal_link == "https://portal.eu.example"


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = load(written(tmp_path, LEAST), files_only=True)
    with pytest.raises(ValidationError, match="frozen"):
        settings.writes = "on"  # type: ignore[misc]  # mypy knows that it is frozen; so must the program


def test_every_rule_follows_the_file(tmp_path: Path) -> None:
    text = (
        'writes = "on"\nverified_writes = ["permit_global"]\n'
        + LEAST.replace("[routing", 'web_url = "https://portal.threatlocker.com/"\n[routing')
        + "[sla]\nremind_minutes = 1\nremind_channel_minutes = 2\nescalate_minutes = 3\nrepeat_minutes = 4\n"
        + '[escalation]\napprovers_user_group = "S0A"\nteam_user_group = "S0B"\nzone = "Europe/Berlin"\n'
        + 'weekdays = ["sat", "mon"]\nopens = 07:30:00\ncloses = "16:00"\n'
        + "[decisions]\nclaim_minutes = 5\nelevation_hours = 2\nsend_within_s = 6\nreopen_after_s = 70\n"
        + "identity_max_age_s = 8\ntree_max_age_minutes = 9\n"
        + 'deny_reasons = ["No", {label = "Later", text = "Ask again next week."}]\n'
        + "[access]\nshift_hours = 6\nlongest_grant_days = 7\n"
        + '[second_approval]\nreaches = ["organization"]\nkinds = ["elevation"]\nunseen_wider_than_computer = false\n'
        + "risky_elevation = true\nlong_elevation_hours = 3\nunusual = true\n"
        + "[repeats]\napprovals = 10\nwithin_days = 11\npolicy_days = 90\n[backlog]\nsummary_above = 12\n"
        + "[maintenance]\nlongest_hours = 6\n"
        + '[evidence]\nmax_age_minutes = 30\nrequired = ["research"]\ncloses = ["computer_mode"]\n'
        + '[tiers.leads]\nuser_group = "S0123LEAD"\nrota = "week"\n'
        + '[rotas.week]\nzone = "Europe/Berlin"\npeople = ["ana"]\nstarts = 2026-11-30\n'
        + "[away.ana]\ntimes = [2026-12-24]\n"
        + '[plans.night]\nkinds = ["elevation"]\n'
        + '[calendars.contoso]\nzone = "Europe/Berlin"\nweekdays = { mon = "08:00-12:00" }\n'
        + '[unusual]\noff = ["burst"]\nlongest_silence_days = 5\n'
        + "[retention]\nclosed_cases_days = 13\n"
        + "[families]\ntogether = false\nstays_hours = 6\n[bursts]\nfiles = 9\nwithin_minutes = 20\n"
    )
    rules = load(written(tmp_path, text), files_only=True).rules()
    assert rules.writes_on
    assert rules.verified_writes == {"permit_global"}
    assert rules.plan.remind_after == timedelta(minutes=1)
    assert rules.plan.remind_channel_after == timedelta(minutes=2)
    assert rules.plan.escalate_after == timedelta(minutes=3)
    assert rules.plan.repeat_every == timedelta(minutes=4)
    assert rules.escalation.weekdays == ("sat", "mon")
    assert (rules.escalation.zone, rules.escalation.opens, rules.escalation.closes) == (
        "Europe/Berlin",
        time(7, 30),
        time(16),
    )
    assert (rules.escalation.approvers_user_group, rules.escalation.team_user_group) == ("S0A", "S0B")
    assert (rules.decisions.claim_length, rules.decisions.elevation_hours) == (timedelta(minutes=5), 2)
    assert rules.second == SecondApproval(
        reaches=frozenset({Reach.ORGANIZATION}),
        kinds=frozenset({Kind.ELEVATION}),
        unseen_wider_than_computer=False,
        risky_elevation=True,
        long_elevation=timedelta(hours=3),
        unusual=True,
    )
    assert rules.decisions.send_within == timedelta(seconds=6)
    assert rules.decisions.reopen_after == timedelta(seconds=70)
    assert (rules.decisions.identity_max_age, rules.decisions.tree_max_age) == (
        timedelta(seconds=8),
        timedelta(minutes=9),
    )
    assert (rules.repeats.approvals, rules.repeats.within) == (10, timedelta(days=11))
    assert rules.repeats.policy_lasts == timedelta(days=90)
    assert rules.maintenance.longest == timedelta(hours=6)
    assert (rules.backlog.summary_above, rules.retention.closed_cases) == (12, timedelta(days=13))
    assert (rules.families.together, rules.families.stays) == (False, timedelta(hours=6))
    assert (rules.bursts.files, rules.bursts.within) == (9, timedelta(minutes=20))
    assert rules.evidence.max_age == timedelta(minutes=30)
    assert rules.evidence.required == {CheckName.RESEARCH}
    assert rules.evidence.closes == {CheckName.MODE}
    assert list(rules.calendars) == ["contoso"]
    assert list(rules.tiers) == ["leads"]
    assert (list(rules.rotas), list(rules.away)) == (["week"], ["ana"])
    assert list(rules.plans) == ["night"]
    assert rules.unusual.off == {UnusualRule.BURST}
    assert rules.unusual.longest_silence == timedelta(days=5)
    assert rules.portal_link == "https://portal.threatlocker.com"
    assert [reason.words for reason in rules.decisions.deny_reasons] == ["No", "Ask again next week."]
    unchanged = [name for name, field in Rules.model_fields.items() if getattr(rules, name) == field.default]
    assert unchanged == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (changed('"T0123ABCD"', '"T0123ABCD"\nmode = "sockt"'), ["[slack] mode", '"sockt"', "'socket' or 'http'"]),
        (changed('"T0123ABCD"', '"acme"'), ["[slack] team_id", '"acme"', "starts with T", 'team_id = "T0123ABCD"']),
        (changed('team_id = "T0123ABCD"', ""), ["[slack] team_id is not set", "For example"]),
        (changed("team_id", "teem_id"), ["[slack] teem_id is no setting", "Did you mean [slack] team_id?"]),
        (changed('"T0123ABCD"', '"T0123ABCD"\npoll_busy_s = 9'), ["Did you mean [portal] poll_busy_s?"]),
        (changed('"T0123ABCD"', '"T0123ABCD"\nzzz = 9'), ["[slack] zzz is no setting", "Known here: mode"]),
        ("wrtes = 'on'\n" + LEAST, ["wrtes is no setting", "Did you mean writes?"]),
        ("writes = true\n" + LEAST, ["writes = true", "must be 'off' or 'on'"]),
        ('verified_writes = ["everything"]\n' + LEAST, ["verified_writes", '"everything"', "permit_global"]),
        (changed("C0CARDS", "#cards"), ["[routing.default] card", '"#cards"', "no channel id"]),
        (changed('audit = "C0AUDIT"', ""), ["[routing.default] audit is not set", 'audit = "C0123AUDIT"']),
        (changed('"C0AUDIT"', '""'), ["[routing.default]", "names all three channels"]),
        (LEAST + '[[routing.rules]]\nkinds = ["elevate"]', ["[[routing.rules]] no. 1 kinds", '"elevate"', "'storage'"]),
        (LEAST + "[[routing.rules]]\norganisations = []", ["[[routing.rules]] no. 1 organisations", "organizations?"]),
        (LEAST + '[[routing.rules]]\norganizations = ["acme"]', ["no. 1 organizations", "no organization id"]),
        (LEAST + '[[routing.rules]]\norganizations = [""]', ["no. 1 organizations", "names no organization"]),
        (LEAST + '[escalation]\nopens = "08:00Z"', ["[escalation] opens", "leave out its zone"]),
        (LEAST + "[sla]\nremind_minutes = 20", ["[sla]", "remind_minutes (20)", "must not go down"]),
        (LEAST + "[sla]\nrepeat_minutes = 0", ["[sla] repeat_minutes = 0", "repeat_minutes = 15"]),
        (LEAST + '[escalation]\nzone = "Berlin"', ["[escalation] zone", '"Berlin"', "IANA"]),
        (LEAST + '[escalation]\nopens = "18:00"', ["[escalation]", "opens (18:00) must come before closes (18:00)"]),
        (LEAST + '[escalation]\nweekdays = ["monday"]', ["[escalation] weekdays", '"monday"', "'mon'"]),
        (LEAST + '[escalation]\nteam_user_group = "@escalation"', ["team_user_group", "no user group id"]),
        (LEAST + "[decisions]\ndeny_reasons = ['']", ["[decisions] deny_reasons", "label", "at least 1"]),
        (LEAST + "[decisions]\ndeny_reasons = [' ']", ["[decisions] deny_reasons", "empty label"]),
        (LEAST + f"[decisions]\ndeny_reasons = ['{'x' * 76}']", ["[decisions] deny_reasons", "at most 75"]),
        (LEAST + "[decisions]\ndeny_reasons = ['No', 'no']", ['the reason "no" stands twice', "[decisions]"]),
        (LEAST + "[decisions]\ndeny_reasons = [{label = 'A', tex = 'B'}]", ["[decisions] deny_reasons", "tex"]),
        (LEAST + "[decisions]\napprove_reasons = ['']", ["[decisions] approve_reasons", "at least 1"]),
        (LEAST + "[decisions]\napprove_reasons = [' ']", ["[decisions] approve_reasons", "a reason is empty"]),
        (LEAST + f"[decisions]\napprove_reasons = ['{'x' * 76}']", ["[decisions] approve_reasons", "at most 75"]),
        (LEAST + "[decisions]\napprove_reasons = ['Yes', 'yes ']", ['the reason "yes" stands twice']),
        (LEAST + "[decisions]\ndeny_reasons = 'No'", ["[decisions] deny_reasons", '"No"']),
        (LEAST + "[decisions]\nidentity_max_age_s = 61", ["identity_max_age_s = 61", "less than or equal to 60"]),
        (LEAST + "[health]\nport = 70000", ["[health] port = 70000", "65535", "port = 8080"]),
        (changed("https:", "http:"), ["[portal] url", "in the clear", "https"]),
        (changed('/portalapi"', '"'), ["[portal] url", "must end in /portalapi", "b.threatlocker.com/portalapi"]),
        (changed('/portalapi"', '/portalapi?x=1"'), ["[portal] url", "leave out"]),
        (changed("https://", "portal://"), ["[portal] url", "no web address"]),
        (LEAST + "[access]\nfiel = 1", ["[access] fiel is no setting", "Did you mean [access] file?"]),
        ("slack = 3\n" + LEAST.replace("[slack]", "[other]"), ["slack", "= 3"]),
        ("access = 3\n" + LEAST, ["access", "= 3"]),
        ("not toml", ["gatehouse.toml", "not TOML", "line 1"]),
        (f"writes = {'9' * 5000}", ["gatehouse.toml", "a number", "thousands of digits"]),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_field_value_and_remedy(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    said = problems_of(tmp_path, text)
    matching = [sentence for sentence in said if all(word in sentence for word in words)]
    assert len(matching) == 1, said


def test_every_fault_is_told_not_only_the_first(tmp_path: Path) -> None:
    said = problems_of(tmp_path, 'writes = "yes"\n[slack]\nport = -1\n')
    assert len(said) == 6
    assert all(sentence.startswith("gatehouse.toml: ") for sentence in said)


def test_a_password_in_an_address_is_not_repeated(tmp_path: Path) -> None:
    [said] = problems_of(tmp_path, changed("https://", "https://user:hunter2@"))
    assert "hunter2" not in said
    assert "leave out user name" in said


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no such file.*gatehouse\.example\.toml"):
        load(tmp_path / "gatehouse.toml")


@pytest.mark.parametrize("name", [variable.name for variable in VARIABLES if variable.secret])
def test_a_secret_in_the_file_is_refused_and_not_shown(tmp_path: Path, name: str) -> None:
    variable = next(one for one in VARIABLES if one.name == name)
    values = tomllib.loads(LEAST)
    lines = [f"{key} = {value!r}" for key, value in values.pop(variable.section, {}).items()]
    others = [
        f"[{s}]\n" + "\n".join(f"{k} = {v!r}" for k, v in t.items())
        for s, t in values.items()
        if s != "routing"
    ]
    routing = LEAST[LEAST.index("[routing") :]
    own = [f"[{variable.section}]", *lines, f"{variable.key} = 'hunter2-hunter2'"]
    said = problems_of(tmp_path, "\n".join([*own, *others, routing]))
    assert any(f"[{variable.section}] {variable.key} is a secret" in s and f"{name}_FILE" in s for s in said)
    assert not any("hunter2" in sentence for sentence in said)


def test_what_running_needs_is_asked_for_by_its_variable(tmp_path: Path) -> None:
    said = problems_of(
        tmp_path, changed('url = "https://portalapi.b.threatlocker.com/portalapi"', ""), files_only=False
    )
    assert [sentence.split()[0] for sentence in said[:3]] == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "PORTAL_TOKEN",
    ]
    assert "PORTAL_URL" in said[3]
    assert 'mode = "socket" needs it' in said[1]


def test_http_mode_needs_the_signing_secret_and_no_app_token(tmp_path: Path, secrets: None) -> None:
    text = changed('"T0123ABCD"', '"T0123ABCD"\nmode = "http"')
    [said] = problems_of(tmp_path, text, files_only=False)
    assert said.startswith('SLACK_SIGNING_SECRET is not set (mode = "http" needs it)')


@pytest.mark.usefixtures("secrets")
class TestEnvironment:
    """Variables, `.env`, files and folders of secrets."""

    def test_a_variable_overrides_the_file_and_is_named_when_wrong(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PORTAL_URL", "http://127.0.0.1:8099/portalApi/")
        assert load(written(tmp_path, LEAST)).portal.url == "http://127.0.0.1:8099/portalApi"
        monkeypatch.setenv("PORTAL_URL", "http://10.0.0.1/portalapi")
        [said] = problems_of(tmp_path, LEAST)
        assert said.startswith(
            'PORTAL_URL = "http://10.0.0.1/portalapi": http would send the token in the clear'
        )

    def test_a_wrong_secret_is_told_without_its_value(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SLACK_BOT_TOKEN", "xapp-swapped-by-mistake")
        monkeypatch.setenv("REDIS_URL", "localhost:6379?password=hunter2")
        said = "\n".join(problems_of(tmp_path, LEAST))
        assert "SLACK_BOT_TOKEN does not start with xoxb-" in said
        assert "REDIS_URL: this is no server address" in said
        assert "swapped" not in said
        assert "hunter2" not in said

    @pytest.mark.parametrize(
        "url",
        [
            "redis://localhost",
            "rediss://:pw@redis.internal:6380/2",
            "unix:///run/valkey.sock",
            "redis+sentinel://u:p@a:26379,b:26379/mymaster/0",
        ],
    )
    def test_server_addresses(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        monkeypatch.setenv("REDIS_URL", url)
        assert load(written(tmp_path, LEAST)).ledger.redis_url.get_secret_value() == url

    @pytest.mark.parametrize(
        "url", ["redis://", "unix://", "redis://host:port", "redis+sentinel://a,b", "http://x"]
    )
    def test_no_server_addresses(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        monkeypatch.setenv("REDIS_URL", url)
        assert "REDIS_URL: this is no server address" in problems_of(tmp_path, LEAST)[0]

    @pytest.mark.parametrize(
        "url",
        [
            "redis://10.1.2.3:6379",
            "REDIS://10.1.2.3",
            "redis://redis.internal/?db=1",
            "redis://user@redis.internal",
            "redis://[2001:db8::1]",
            "redis://localhost.example",
            "redis://0.0.0.0",
            "redis+sentinel://a:26379,b:26379/mymaster",
            "Redis+Sentinel://127.0.0.1, b/mymaster?sentinel_password=only-theirs",
        ],
    )
    def test_a_server_that_anybody_may_write_to_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
    ) -> None:
        """Whoever writes into the ledger presses in anybody's name; like the portal's http, only on this machine."""
        monkeypatch.setenv("REDIS_URL", url)
        [said] = problems_of(tmp_path, LEAST)
        assert said.startswith("REDIS_URL: without TLS and without a password")
        assert "use rediss://" in said

    @pytest.mark.parametrize(
        "url",
        [
            "redis://:pw@10.1.2.3",
            "redis://10.1.2.3?password=pw",
            "rediss://10.1.2.3",
            "rediss+sentinel://a,b/mymaster",
            "redis://127.0.0.1:6379",
            "redis://LOCALHOST/1",
            "redis://[::1]:6379",
            "redis://[::ffff:127.0.0.1]",
            "redis+sentinel://127.0.0.1:1, [::1]:2/mymaster",
            "rediss://localhost?ssl_cert_reqs=none",
            "unix:///run/valkey.sock",
        ],
    )
    def test_a_server_behind_a_lock_or_on_this_machine_is_taken(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
    ) -> None:
        monkeypatch.setenv("REDIS_URL", url)
        assert load(written(tmp_path, LEAST)).ledger.redis_url.get_secret_value() == url

    def test_a_tls_that_trusts_anybody_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REDIS_URL", "rediss://:hunter2@10.1.2.3?ssl_cert_reqs=none")
        [said] = problems_of(tmp_path, LEAST)
        assert "ssl_cert_reqs=none lets anybody in between pose as the server" in said
        assert "hunter2" not in said

    def test_the_ledgers_marks_have_a_key_of_their_own_or_are_made_of_the_bot_token(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = written(tmp_path, LEAST)
        assert load(config).ledger_secret() == SECRETS["SLACK_BOT_TOKEN"].encode()
        monkeypatch.setenv("LEDGER_KEY", "k" * 32)
        assert load(config).ledger_secret() == b"k" * 32
        assert "k" * 32 in {one.get_secret_value() for one in load(config).secrets()}
        monkeypatch.setenv("LEDGER_KEY", "k" * 31)
        [said] = problems_of(tmp_path, LEAST)
        assert "LEDGER_KEY is shorter than 32 characters" in said
        assert "openssl rand -hex 32" in said
        assert "kkk" not in said

    def test_a_secret_comes_from_the_file_that_a_variable_names(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "token").write_text("xoxb-from-a-file\n")
        monkeypatch.delenv("SLACK_BOT_TOKEN")
        monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(tmp_path / "token"))
        assert load(written(tmp_path, LEAST)).slack.bot_token.get_secret_value() == "xoxb-from-a-file"

    @pytest.mark.parametrize(
        ("content", "words"), [("", "is empty"), (None, "cannot be read (No such file or directory)")]
    )
    def test_an_unusable_secret_file_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, words: str
    ) -> None:
        if content is not None:
            (tmp_path / "token").write_text(content)
        monkeypatch.delenv("PORTAL_TOKEN")
        monkeypatch.setenv("PORTAL_TOKEN_FILE", str(tmp_path / "token"))
        [said] = problems_of(tmp_path, LEAST)
        assert said.startswith("PORTAL_TOKEN_FILE: ")
        assert words in said

    def test_a_secret_that_is_set_twice_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SLACK_APP_TOKEN_FILE", str(tmp_path / "token"))
        [said] = problems_of(tmp_path, LEAST)
        assert said == "SLACK_APP_TOKEN and SLACK_APP_TOKEN_FILE are both set. Unset one of them."

    def test_a_folder_of_secrets(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = tmp_path / "secrets"
        folder.mkdir()
        for name, value in SECRETS.items():
            monkeypatch.delenv(name)
            (folder / name.lower()).write_text(value + "\n")
        monkeypatch.setenv("GATEHOUSE_SECRETS_DIR", str(folder))
        assert load(written(tmp_path, LEAST)).slack.app_token.get_secret_value() == APP_TOKEN
        monkeypatch.setenv("GATEHOUSE_SECRETS_DIR", str(tmp_path / "nowhere"))
        [said] = problems_of(tmp_path, LEAST)
        assert "GATEHOUSE_SECRETS_DIR" in said

    def test_dot_env_is_read_under_the_real_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=xoxb-dot-env\nPORTAL_TOKEN=from-dot-env\nOTHER=1\n")
        monkeypatch.delenv("SLACK_BOT_TOKEN")
        settings = load(written(tmp_path, LEAST))
        assert settings.slack.bot_token.get_secret_value() == "xoxb-dot-env"
        assert settings.portal.token.get_secret_value() == SECRETS["PORTAL_TOKEN"]

    def test_no_secret_shows_in_a_printed_settings_value(self, tmp_path: Path) -> None:
        shown = repr(load(written(tmp_path, LEAST)))
        assert not any(secret in shown for secret in SECRETS.values())

    def test_every_secret_that_is_set_is_known_to_the_log(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SLACK_SIGNING_SECRET", "0123456789abcdef0123456789abcdef")
        monkeypatch.setenv("REDIS_URL", "redis://:pw@localhost/0")
        monkeypatch.setenv("RECORD_WEBHOOK_SECRET", "a webhook's secret")
        monkeypatch.setenv("RECORD_SHIP_SECRET", "a collector's token")
        monkeypatch.setenv("LEDGER_KEY", "k" * 32)
        fallback = {
            "FALLBACK_WEBHOOK_SECRET": "another webhook's secret",
            "SMTP_PASSWORD": "the mail server's",
            "PAGERDUTY_ROUTING_KEY": "r" * 32,
            "OPSGENIE_API_KEY": "g" * 36,
        }
        calendar = "https://calendar.example.com/private-0123456789abcdef/x.ics"
        monkeypatch.setenv("ROTA_ICAL_URLS", f"week {calendar}")
        for name, value in fallback.items():
            monkeypatch.setenv(name, value)
        text = (
            '[record]\nwebhook_url = "https://logs.example.com/seals"\n[fallback]\nsmtp_user = "gatehouse"\n'
        )
        file = written(tmp_path, LEAST + text)
        held = {secret.get_secret_value() for secret in load(file).secrets()}
        others = {
            "0123456789abcdef0123456789abcdef",
            "redis://:pw@localhost/0",
            "a webhook's secret",
            "a collector's token",
            "k" * 32,
            calendar,
            *fallback.values(),
        }
        assert held == {*SECRETS.values(), *others}
        assert len(held) == sum(variable.secret for variable in VARIABLES)


class TestRecord:
    """What proves the record stays outside of the ledger."""

    def test_its_folder_is_beside_the_data(self, tmp_path: Path) -> None:
        assert load(written(tmp_path, LEAST), files_only=True).record_folder() == tmp_path / "data-record"

    def test_a_folder_of_ones_own_starts_at_the_files_folder(self, tmp_path: Path) -> None:
        file = written(tmp_path, LEAST + '[record]\nfolder = "witness"\n')
        assert load(file, files_only=True).record_folder() == tmp_path / "witness"

    @pytest.mark.parametrize("folder", ["data", "data/record", "data/../data/x"])
    def test_one_in_the_data_folder_is_refused(self, tmp_path: Path, folder: str) -> None:
        """An older copy of the data would bring its own witness."""
        with pytest.raises(SettingsError, match="lies in the data folder"):
            load(written(tmp_path, LEAST + f'[record]\nfolder = "{folder}"\n'), files_only=True)

    @pytest.mark.parametrize("address", ["http://logs.example.com/x", "ftp://logs.example.com", "logs"])
    def test_a_second_place_in_the_clear_is_refused(self, tmp_path: Path, address: str) -> None:
        with pytest.raises(SettingsError, match="webhook_url"):
            load(written(tmp_path, LEAST + f'[record]\nwebhook_url = "{address}"\n'), files_only=True)

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ('ship_to = "http://logs.example.com/x"', "in the clear"),
            ('ship_to = "https://user@logs.example.com/x"', "ship_to"),
            ('ship_to = "syslog://logs"', "no collector's address"),
            ('ship_to = "syslog+tcp://logs/path"', "leave out everything but host and port"),
            ('ship_to = "logs"', "ship_to"),
            ('ship_to = "syslog+tcp://logs"\nship_ca = "ca.pem"', "ship_ca is for a collector"),
            ('ship_format = "xml"', "ship_format"),
            ('ship_auth = "basic"', "ship_auth"),
            ('ship_secret = "x"', "RECORD_SHIP_SECRET"),
        ],
    )
    def test_a_collector_that_cannot_be_is_refused(self, tmp_path: Path, line: str, told: str) -> None:
        with pytest.raises(SettingsError, match=told):
            load(written(tmp_path, LEAST + f"[record]\n{line}\n"), files_only=True)

    def test_a_collector_over_http_needs_its_secret(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in SECRETS.items():
            monkeypatch.setenv(name, value)
        file = written(tmp_path, LEAST + '[record]\nship_to = "https://logs.example.com"\n')
        with pytest.raises(SettingsError, match="RECORD_SHIP_SECRET is not set"):
            load(file)
        monkeypatch.setenv("RECORD_SHIP_SECRET", "a collector's token")
        assert load(file).record.ship_to == "https://logs.example.com"
        assert load(written(tmp_path, LEAST + '[record]\nship_to = "syslog+tls://logs"\n')).record.ship_to

    def test_a_second_place_needs_its_secret(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="RECORD_WEBHOOK_SECRET is not set"):
            load(written(tmp_path, LEAST + '[record]\nwebhook_url = "https://logs.example.com"\n'))


class TestRouting:
    """Organization and kind to a channel."""

    ONE, TWO = "7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10", "00000000-0000-0000-0000-000000000002"

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        rules = f"""
        [[routing.rules]]
        organizations = ["{self.ONE.upper()}"]
        kinds = ["elevation"]
        card = "C1"
        [[routing.rules]]
        organizations = ["{self.ONE}"]
        card = "C2"
        escalation = "C3"
        """
        return load(written(tmp_path, LEAST + rules), files_only=True)

    @pytest.mark.parametrize(
        ("organization", "kind", "place", "channel"),
        [
            (ONE, "elevation", Place.CARD, "C1"),
            (ONE.upper(), "elevation", Place.ESCALATION, "C3"),
            (ONE, "elevation", Place.AUDIT, "C0AUDIT"),
            (ONE, "application", Place.CARD, "C2"),
            (TWO, "elevation", Place.CARD, "C0CARDS"),
            (TWO, "elevation", Place.ESCALATION, "C0LATE"),
        ],
    )
    def test_the_first_rule_that_names_the_channel_wins(
        self, settings: Settings, organization: str, kind: str, place: Place, channel: str
    ) -> None:
        assert settings.routing.channel_for(organization, kind, place) == channel

    def test_every_channel_once(self, settings: Settings) -> None:
        assert settings.routing.channels() == ("C0CARDS", "C0LATE", "C0AUDIT", "C1", "C2", "C3")


def named_in_example(heading: str, key: str) -> bool:
    """Whether the example file names this key under this heading, set or behind a `#`."""
    current = ""
    for line in (ROOT / "gatehouse.example.toml").read_text().splitlines():
        bare = line.removeprefix("# ")
        if bare.startswith("["):
            current = bare.split("#")[0].strip()
        elif current == heading and bare.split("=")[0].strip() == key:
            return True
    return False


@pytest.mark.parametrize(("heading", "model"), list(tables()))
def test_the_example_names_every_setting(heading: str, model: type[BaseModel]) -> None:
    assert [name for name, _ in keys(heading, model) if not named_in_example(heading, name)] == []


def test_the_example_is_accepted_and_its_values_are_the_defaults(tmp_path: Path) -> None:
    copied = load(ROOT / "gatehouse.example.toml", files_only=True)
    default = load(written(tmp_path, LEAST), files_only=True)
    same = {"access": copied.access, "ledger": copied.ledger, "routing": copied.routing}
    assert copied == default.model_copy(update=same)
    assert copied.access.file == ROOT / "access.toml"
    assert copied.ledger.data == ROOT / "data"


def test_a_name_of_the_code_is_no_key_of_the_file(tmp_path: Path) -> None:
    """The file counts in the unit that its key names; a span without one would be guessed."""
    said = problems_of(tmp_path, LEAST + "[decisions]\nclaim_length = 5\n")
    assert len(said) == 1
    assert "[decisions] claim_length is no setting" in said[0]
    assert "Did you mean [decisions] claim_minutes?" in said[0]


def test_a_span_of_time_is_told_in_the_unit_of_its_key(tmp_path: Path) -> None:
    [said] = problems_of(tmp_path, LEAST + "[decisions]\nclaim_minutes = 241\n")
    assert said.startswith(
        "gatehouse.toml: [decisions] claim_minutes = 241: must be less than or equal to 240."
    )
    assert "claim_minutes = 15" in said


def test_no_default_stands_twice(tmp_path: Path) -> None:
    """What the settings say where nothing is set is what the rules say; there is no second copy to fall behind."""
    rules = load(written(tmp_path, LEAST), files_only=True).rules()
    # Worked out of the portal's address, which has no default.
    assert rules.model_copy(update={"access": Rules().access, "portal_link": ""}) == Rules()
    assert rules.access.model_copy(update={"file": Rules().access.file}) == Rules().access


def test_every_setting_has_its_reason() -> None:
    assert [
        (heading, name)
        for heading, model in tables()
        for name, field in keys(heading, model)
        if not field.description
    ] == []


def test_the_reference_is_the_one_that_the_settings_make() -> None:
    """`make docs` writes it anew."""
    assert (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8") == render()


def test_the_example_is_the_one_that_the_settings_make() -> None:
    """`make docs` writes it anew."""
    assert (ROOT / "gatehouse.example.toml").read_text(encoding="utf-8") == example.render()


def test_the_environment_example_names_every_variable() -> None:
    text = (ROOT / ".env.example").read_text()
    own = {"GATEHOUSE_CONFIG", "GATEHOUSE_SECRETS_DIR"}
    names = {line.removeprefix("# ").split("=")[0] for line in text.splitlines() if "=" in line}
    assert {variable.name for variable in VARIABLES} | own <= names
