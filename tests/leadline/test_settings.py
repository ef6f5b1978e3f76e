"""leadline.toml: everything that is wrong is said at once, with its place and the nearest right key."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.settings import SettingsInvalid, load_settings, parse_duration_s

DESIGN_EXAMPLE = """
[home]
path = "./.leadline"
[collector]
listen = "127.0.0.1:8081"
[web]
listen = "127.0.0.1:8080"
[[app]]
name = "shop"
base_url = "https://shop.example"
keys = ["pk_1"]
origins = ["https://shop.example"]
environment = "production"
kpis = ["checkout_completed"]
[[journeys]]
path = "./journeys"
app = "shop"
locations = ["local"]
confirm = 2
cohorts = { baseline = { cookies = { v = "stable" } }, canary = { cookies = { v = "canary" } } }
[[check]]
name = "api"
app = "shop"
kind = "http"
url = "https://shop.example/health"
every = "30s"
expect_status = 200
budget = "500ms"
[[slo]]
name = "checkout"
app = "shop"
indicator = "journey:checkout"
objective = 0.999
window = "30d"
[notify]
targets = { oncall = "json://127.0.0.1:9/", chat = "${CHAT}" }
fallback = "oncall"
heartbeat_url = "https://hc.example/ping"
[[route]]
match = { app = "shop", severity = "critical" }
targets = ["oncall"]
escalate_after = "10m"
escalate_to = ["chat"]
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "leadline.toml"
    file.write_text(text)
    return file


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(write(folder, text), environ={})
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_a_byte_order_mark_is_read_over_and_moves_no_column(tmp_path: Path) -> None:
    text = '\ufeff[[app]]\nname = "shop"\nkeys_file = "keys"\n'
    (tmp_path / "keys").write_text("\ufeffpk_1\n", encoding="utf-8")
    [app] = load_settings(write(tmp_path, text), environ={}).apps
    assert list(app.keys) == ["pk_1"]
    assert problems(tmp_path, "\ufeff[[ap]]\n") == ["leadline.toml:1:3: unknown key 'ap'; did you mean 'app'?"]


def test_the_example_of_the_design_is_understood(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, DESIGN_EXAMPLE), environ={"CHAT": "slack://a/b/c"})
    assert settings.notify.targets["chat"] == "slack://a/b/c"
    assert settings.checks[0].every == 30
    assert settings.checks[0].budget == 0.5
    assert settings.journeys[0].cohorts["canary"].cookies == {"v": "canary"}
    assert settings.paths.home == tmp_path / ".leadline"


def test_a_misspelt_key_is_named_with_its_place_and_the_nearest_right_one(tmp_path: Path) -> None:
    assert problems(tmp_path, '[[app]]\nname = "shop"\nkpi = ["a"]\n') == [
        "leadline.toml:3:1: unknown key 'kpi'; did you mean 'kpis'?"
    ]


def test_all_problems_are_said_at_once(tmp_path: Path) -> None:
    said = problems(tmp_path, '[web]\nlisten = "8080"\n[colector]\n[[app]]\nname = "a"\nbots = "eat"\n')
    assert [line.split(": ")[0] for line in said] == ["leadline.toml:2:1", "leadline.toml:3:2", "leadline.toml:6:1"]


def test_a_missing_key_names_the_table_that_lacks_it(tmp_path: Path) -> None:
    assert problems(tmp_path, '[[journeys]]\npath = "./journeys"\n')[0].endswith("'app' is missing in journeys")


def test_an_app_that_is_not_there_is_named_where_it_is_used(tmp_path: Path) -> None:
    said = problems(tmp_path, '[[app]]\nname = "shop"\n[[check]]\nname = "x"\napp = "shpo"\nurl = "http://a/"\n')
    assert said == ["leadline.toml:5:1: no app is named 'shpo'; did you mean 'shop'?"]


def test_a_target_that_is_not_there_is_named_where_it_is_used(tmp_path: Path) -> None:
    said = problems(tmp_path, '[notify]\ntargets = { oncall = "json://x" }\nfallback = "onkall"\n')
    assert said == ["leadline.toml:3:1: no target is named 'onkall'; did you mean 'oncall'?"]


@pytest.mark.parametrize(
    ("half", "said"),
    [
        ('escalate_after = "10m"', "leadline.toml:5:1: nobody is named to escalate to; add escalate_to"),
        ('escalate_to = ["oncall"]', "leadline.toml:5:1: never happens without a time; add escalate_after"),
    ],
)
def test_half_an_escalation_is_refused(tmp_path: Path, half: str, said: str) -> None:
    targets = '[notify]\ntargets = { oncall = "json://127.0.0.1:9/" }\n'
    assert problems(tmp_path, f'{targets}[[route]]\ntargets = ["oncall"]\n{half}\n') == [said]


def test_a_secret_that_is_not_in_the_environment_stops_the_start(tmp_path: Path) -> None:
    said = problems(tmp_path, '[notify]\ntargets = { a = "json://${NOPE}" }\n')
    assert "NOPE" in said[0]
    assert said[0].startswith("leadline.toml:2:")


@pytest.mark.parametrize(
    ("written", "value", "read"),
    [
        ("json://user:${V}@127.0.0.1:9/", "p@ss/w0rd#1", "json://user:p%40ss%2Fw0rd%231@127.0.0.1:9/"),
        ("json://user:${V}@127.0.0.1:9/", "100%25", "json://user:100%2525@127.0.0.1:9/"),
        ("json://127.0.0.1:9/${V}?a=b", "a?b&c", "json://127.0.0.1:9/a%3Fb%26c?a=b"),
        ("pagerduty://${V}@token", "a:1", "pagerduty://a%3A1@token"),
        ("json://${V}/hook", "127.0.0.1:9000", "json://127.0.0.1:9000/hook"),
        ("json://user@${V}/hook", "[::1]:9000", "json://user@[::1]:9000/hook"),
        ("${V}", "slack://a/b/c", "slack://a/b/c"),
        ("${V}/hook", "json://127.0.0.1:9", "json://127.0.0.1:9/hook"),
    ],
)
def test_a_value_of_the_environment_stays_one_value_in_an_address(
    tmp_path: Path, written: str, value: str, read: str
) -> None:
    text = f'[notify]\ntargets = {{ a = "{written}" }}\n'
    assert load_settings(write(tmp_path, text), environ={"V": value}).notify.targets["a"] == read


def test_a_value_outside_of_an_address_is_not_changed(tmp_path: Path) -> None:
    text = '[[app]]\nname = "shop"\nbase_url = "https://shop.example"\nkeys = ["${V}"]\n'
    assert load_settings(write(tmp_path, text), environ={"V": "pk_@/#"}).apps[0].keys == ["pk_@/#"]


def test_a_secret_can_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text("pk_a\npk_b\n")
    settings = load_settings(write(tmp_path, '[[app]]\nname = "shop"\nkeys_file = "keys.txt"\n'), environ={})
    assert settings.apps[0].keys == ["pk_a", "pk_b"]


def test_what_is_not_toml_is_said_with_line_and_column(tmp_path: Path) -> None:
    assert problems(tmp_path, "[home\n")[0].startswith("leadline.toml:1:6: not TOML")


@pytest.mark.parametrize(("text", "seconds"), [("500ms", 0.5), ("30s", 30), ("1h30m", 5400), ("30d", 2592000)])
def test_durations_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize("text", ["30", "0s", "s", "5 parsecs", 30, "-1s"])
def test_a_duration_without_a_unit_or_a_meaning_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"duration|greater than zero"):
        parse_duration_s(text)  # type: ignore[arg-type]


def test_a_target_can_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "oncall.txt").write_text("json://pager.example/\n")
    settings = load_settings(write(tmp_path, '[notify.targets]\noncall_file = "oncall.txt"\n'), environ={})
    assert settings.notify.targets == {"oncall": "json://pager.example/"}


def test_a_token_can_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("0123456789abcdef\n")
    settings = load_settings(write(tmp_path, '[web.tokens.ci]\ntoken_file = "token.txt"\n'), environ={})
    assert settings.web.tokens["ci"].token == "0123456789abcdef"


def test_a_misspelt_key_in_a_named_table_is_found_too(tmp_path: Path) -> None:
    said = problems(tmp_path, '[web.tokens.ci]\ntoken = "0123456789abcdef"\nrolle = "admin"\n')
    assert said == ["leadline.toml:3:1: unknown key 'rolle'; did you mean 'role'?"]


def test_collector_and_web_can_not_listen_on_one_address(tmp_path: Path) -> None:
    said = problems(tmp_path, '[collector]\nlisten = "127.0.0.1:80"\n[web]\nlisten = "127.0.0.1:80"\n')
    assert said == ["leadline.toml:4:1: the collector listens on '127.0.0.1:80' already"]


@pytest.mark.parametrize("line", ['trust_forwarded = ["10.0.0.0/33"]', 'country_header = "CF IPCountry"'])
def test_what_the_collector_could_not_use_is_refused_before_it_is_in_force(tmp_path: Path, line: str) -> None:
    [problem] = problems(tmp_path, f"[collector]\n{line}\n")
    assert problem.startswith("leadline.toml:2:")


def test_web_does_not_listen_to_the_world_without_tokens(tmp_path: Path) -> None:
    said = problems(tmp_path, '[web]\nlisten = "0.0.0.0:8080"\n')
    assert said[0].startswith("leadline.toml:2:1: without [web.tokens] web listens on loopback only")


def warnings(folder: Path, text: str) -> list[str]:
    found = load_settings(write(folder, text), environ={"CHAT": "json://chat.example"}).warnings
    return [str(warning).removeprefix(f"{folder}/") for warning in found]


def test_a_location_without_an_agent_is_a_warning_with_its_place(tmp_path: Path) -> None:
    said = warnings(
        tmp_path, '[[app]]\nname = "a"\n[[journeys]]\npath = "j"\napp = "a"\nlocations = ["local", "tokyo"]\n'
    )
    assert said == [
        "leadline.toml:6:23: location 'tokyo' is not yet in effect: "
        "agents come in a later release, and nothing runs there"
    ]


def test_a_file_that_asks_for_nothing_of_later_has_no_warnings(tmp_path: Path) -> None:
    assert warnings(tmp_path, '[[app]]\nname = "a"\n') == []
    assert warnings(tmp_path, DESIGN_EXAMPLE) == []


def test_a_memory_limit_that_is_no_size_is_named_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "leadline.toml"
    for said in ("lots", "0GB", "2", "-1GB", "2 GB; SELECT 1"):
        file.write_text(f'[store]\nmemory_limit = "{said}"\n')
        with pytest.raises(SettingsInvalid, match=r"leadline\.toml:2:1: store\.memory_limit: .*write"):
            load_settings(file)
    for said in ("2GB", "500MB", "1.5 GiB"):
        file.write_text(f'[store]\nmemory_limit = "{said}"\n')
        assert load_settings(file).memory_limit == said


def test_the_older_place_of_the_stores_keys_is_still_taken(tmp_path: Path) -> None:
    file = tmp_path / "leadline.toml"
    file.write_text('[web]\nmemory_limit = "1GB"\ncountry_database = "off"\n')
    settings = load_settings(file)
    assert (settings.memory_limit, settings.country_database) == ("1GB", None)
    file.write_text('[web]\nmemory_limit = "1GB"\n[store]\nmemory_limit = "3GB"\n')
    assert load_settings(file).memory_limit == "3GB"
