"""A secret that a journey uses in every way it can is nowhere in what the run leaves on disk or says."""

from __future__ import annotations

import base64
import html
import json
import zipfile
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from probes.pool_stand import open_stand

from leadline.model import Cause
from leadline_probes.masking import Mask, forms_of

SECRET = "p\"ä&s's /w+rd<7>"

USE = """
run.kpi("a", 1)
print("the secret is", word, repr(word), word.encode())
page.on("dialog", lambda dialog: dialog.accept())
async with run.step("log in as " + word):
    await page.goto("/?q=" + quote(word))
    await page.get_by_label("Email").fill(word)
    await page.get_by_label("Password").press_sequentially(word)
    await page.evaluate("word => { localStorage.word = word; console.error(word); done = word; "
        "thanks.textContent = 'hello ' + word; fetch('/api', {method: 'POST', body: word}); "
        "fetch('/api2', {method: 'POST', body: JSON.stringify({word}), headers: {authorization: 'Basic ' + btoa("
        "unescape(encodeURIComponent('user:' + word)))}}); }", word)
    await page.wait_for_timeout(200)
async with run.step("fail"):
    await expect(page.get_by_label("Email")).to_have_value("not " + word, timeout=500)
"""


@pytest.mark.browser
async def test_no_file_and_no_message_of_a_run_holds_the_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    said = []
    async with open_stand(tmp_path) as stand:
        top = 'from urllib.parse import quote\nword = secret("SHOP_PASSWORD")'
        # A re-run that confirms has pictures in its trace, which nobody can mask.
        result = await stand.run(USE, top=top, on_step=said.append, confirms_run_id="01FIRST")
    assert result.cause is Cause.ASSERTION
    assert {piece.kind for piece in result.evidence} == {"screenshot", "trace", "log", "console", "requests", "pages"}
    forbidden = {form.encode() for form in (
        SECRET, json.dumps(SECRET)[1:-1], json.dumps(SECRET, ensure_ascii=False)[1:-1], html.escape(SECRET),
        quote(SECRET), quote_plus(SECRET), base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(b"user:" + SECRET.encode()).decode(),
            repr(SECRET.encode())[2:-1], SECRET[:-3],
    )}  # fmt: skip
    searched = {"result": repr(result).encode(), "said": repr(said).encode()}
    for file in stand.evidence.rglob("*"):
        searched[f"name of {file}"] = str(file).encode()
        if file.suffix == ".zip":
            with zipfile.ZipFile(file) as archive:
                searched |= {f"{file}!{entry}": archive.read(entry) for entry in archive.namelist()}
        elif file.is_file():
            searched[str(file)] = file.read_bytes()
    assert len(searched) > 8
    assert [name for name in searched if "screencast" in name] == []
    found = [(where, form) for where, content in searched.items() for form in forbidden if form in content]
    assert found == []
    assert "log in as •••" in [step.step for step in result.steps]


@pytest.mark.browser
async def test_the_screenshot_shows_no_secret(tmp_path, monkeypatch):
    """Two runs that differ in the secret alone give the same picture."""

    async def shoot(value: str, folder) -> bytes:
        monkeypatch.setenv("SHOP_PASSWORD", value)
        async with open_stand(folder) as stand:
            body = """
            await page.goto("/")
            await page.get_by_label("Email").fill(word)
            await page.evaluate("word => thanks.textContent = word", word)
            await page.evaluate("document.activeElement.blur()")
            assert False
            """
            result = await stand.run(body, top='word = secret("SHOP_PASSWORD")')
            return stand.evidence_of(result, "screenshot").read_bytes()

    assert await shoot("correct horse", tmp_path) == await shoot("battery staple!", tmp_path)


@given(st.text(min_size=4, max_size=30), st.binary(max_size=5), st.binary(max_size=5))
def test_base64_around_a_secret_does_not_give_it_away(value, before, after):
    try:
        raw = value.encode()
    except UnicodeEncodeError:
        return
    masked = Mask([value]).text(base64.b64encode(before + raw + after).decode())
    assert base64.b64encode(raw)[4:-4].decode() not in masked or len(raw) < 9


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=4, max_size=30))
def test_every_form_of_a_secret_is_masked(value):
    mask = Mask([value])
    for form in forms_of(value):
        assert form not in mask.text(f"<{form}>").replace("•••", "")


def test_text_without_a_secret_stays_as_it_is():
    assert Mask(["hunter2!"]).text("nothing to hide, hunter1!") == "nothing to hide, hunter1!"
    assert Mask([]).raw(b"as it is") == b"as it is"
