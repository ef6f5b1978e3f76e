"""What is secret in the configuration stands in no message, log, trace or record: addresses, cohorts, `${ENV}`."""

from __future__ import annotations

import base64
import zipfile

import pytest
from probes.odd_server import open_odd_server
from probes.pool_stand import open_stand

from leadline.model import Cohort, RunStatus
from leadline.model.web_origins import password_in, without_password
from leadline.settings.toml_file import read_source

PASSWORD, TOKEN, COOKIE, OTHER = "hunter2-secret", "tok-5f3e9a77", "c00kie-77aa", "from-the-environment"
COHORT = Cohort(name="canary", cookies={"v": "canary", "sid": COOKIE}, headers={"Authorization": f"Bearer {TOKEN}"})
TELL = f"""
print(run.base_url, "{TOKEN}", "{COOKIE}", "{OTHER}")
await page.goto("/")
await page.evaluate("document.body.append('{TOKEN} {OTHER} {PASSWORD}')")
async with run.step("look for {TOKEN}"):
    await expect(page.get_by_text("{COOKIE} {PASSWORD}")).to_be_visible(timeout=300)
"""


@pytest.mark.browser
async def test_a_failing_run_tells_nothing_of_what_the_configuration_keeps_secret(tmp_path):
    async with open_stand(tmp_path) as stand:
        base_url = f"http://stage:{PASSWORD}@127.0.0.1:{stand.site.port}"
        result = await stand.run(TELL, base_url=base_url, cohort=COHORT, masked=(OTHER,))
        nobody = await stand.run('await page.goto("/")', base_url=f"http://stage:{PASSWORD}@127.0.0.1:1")
    assert (result.status, nobody.status) == (RunStatus.FAILED, RunStatus.FAILED)
    assert "at http://127.0.0.1:1/" in nobody.error_message
    assert "canary" in (result.cohort or "")
    encoded = base64.b64encode(f"stage:{PASSWORD}".encode())
    forbidden = [PASSWORD.encode(), TOKEN.encode(), COOKIE.encode(), OTHER.encode(), encoded]
    searched = {"results": repr((result, nobody)).encode()}
    for file in stand.evidence.rglob("*"):
        if file.suffix == ".zip":
            with zipfile.ZipFile(file) as archive:
                searched |= {f"{file}!{entry}": archive.read(entry) for entry in archive.namelist()}
        elif file.is_file():
            searched[str(file)] = file.read_bytes()
    assert len(searched) > 5
    assert [(where, word) for where, text in searched.items() for word in forbidden if word in text] == []


async def test_a_check_tells_no_secret_of_its_headers(tmp_path):
    async with open_stand(tmp_path, size=0) as stand, open_odd_server() as odd:
        odd.answers["/"] = b"HTTP/1.1 200 OK\r\n\r\nyou sent " + TOKEN.encode()
        result = await stand.check(odd.url, headers={"X-Api-Key": TOKEN}, expect_text=("no such words",))
    assert result.status is RunStatus.FAILED
    assert "you sent •••" in result.error_message


@pytest.mark.parametrize(
    ("url", "password", "shown"),
    [
        ("http://stage:a%40b@shop.example/x", ("a%40b", "a@b"), "http://stage:•••@shop.example/x"),
        ("http://stage@shop.example/", (), "http://stage@shop.example/"),
        ("http://shop.example/", (), "http://shop.example/"),
    ],
)
def test_the_password_of_an_address_is_known_and_hidden(url, password, shown):
    assert password_in(url) == password
    assert without_password(url) == shown


def test_the_values_of_the_environment_are_known_as_secrets_and_hosts_are_none(tmp_path):
    source = """
    [[app]]
    name = "shop"
    base_url = "https://u:${PASS}@${HOST}"
    [[journeys]]
    path = "."
    app = "shop"
    cohorts = { a = { headers = { X-Key = "${KEY}" } } }
    """
    environ = {"PASS": PASSWORD, "HOST": "shop.example", "KEY": TOKEN}
    settings = read_source(tmp_path / "leadline.toml", source, environ)
    assert set(settings.secrets) == {PASSWORD, TOKEN}
