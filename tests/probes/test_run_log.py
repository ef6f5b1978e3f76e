"""What a run printed and what its page said: bounded, and harmless to whoever prints it at a terminal."""

from __future__ import annotations

from leadline_probes.run_log import MOST_CHARACTERS, MOST_CHARACTERS_OF_OURS, RunLog


def test_what_strangers_wrote_is_shown_and_not_obeyed() -> None:
    log = RunLog()
    log.note_page("page error", "bad \x1b[2J\u202e gone")
    log.note("AssertionError: Hi \x9b31m")
    log.write("printed \x1b]0;title\x07\tin a journey\n")
    assert log.text() == (
        "[page error] bad \\x1b[2J\\u202e gone\nAssertionError: Hi \\x9b31m\nprinted \\x1b]0;title\\x07\tin a journey\n"
    )


def test_escapes_do_not_pass_the_limit() -> None:
    log = RunLog()
    log.note("\x1b" * MOST_CHARACTERS_OF_OURS)
    assert log.write("\x1b" * MOST_CHARACTERS + "\n") == MOST_CHARACTERS + 1
    assert len(log.text()) <= MOST_CHARACTERS + MOST_CHARACTERS_OF_OURS + 100
    assert "left out: 1 × line of the journey" in log.text()
