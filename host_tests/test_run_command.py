"""`till run` with the real firmware, host and cards; and its exit codes."""

import pytest
from click.testing import CliRunner

from till.bench_command import run

SALE = """
wait idle
press 1 2 5 0 #
expect "12.50"
press #
tap visa-credit
expect APPROVED within 20s
remove
journal
"""


@pytest.fixture
def play(tmp_path):
    def play_text(text, *options):
        path = tmp_path / "story.txt"
        path.write_text(text, encoding="utf-8")
        return CliRunner().invoke(run, [str(path), *options])

    return play_text


@pytest.mark.parametrize("options", [["--plain"], ["--tls"], ["--code", "lfs"]], ids=lambda options: options[-1].strip("-"))
def test_a_sale_is_approved(play, options):
    result = play(SALE, *options, "--speed", "4")
    assert result.exit_code == 0, result.output
    assert "476173******0010" in result.output and "approved  00" in result.output


def test_power_cut_while_the_request_is_under_way_is_reversed(play):
    text = SALE.replace("tap visa-credit\nexpect", "cut net 5\ntap visa-credit\nwait off\npower on\n#")
    text = text.replace("remove\n", "expect REVERSED within 30s\npress #\nwait idle\n")
    result = play(text, "--plain", "--speed", "4", "--set", "answer_timeout_s=3")
    assert result.exit_code == 0, result.output
    assert "reversed" in result.output and "approved" not in result.output


def test_exit_codes(play):
    result = play('wait idle\nexpect "COFFEE" within 0.1s', "--plain")
    assert result.exit_code == 1 and "story.txt:2" in result.output and "Type an amount" in result.output
    result = play("press 1 E")
    assert result.exit_code == 2 and "story.txt:1: press: E" in result.output
    result = play("wait idle", "--host", "nowhere")
    assert result.exit_code == 2 and "ADDR:PORT" in result.output
    result = play("wait idle", "--plain", "--set", "port=no")
    assert result.exit_code == 2 and "port must be a number" in result.output
    result = play("wait idle", "--heap", "lots")
    assert result.exit_code == 2 and "heap size" in result.output


def test_a_terminal_that_cannot_go_on_says_why(play):
    result = play("wait idle within 4s", "--plain", "--heap", "64k")
    assert result.exit_code == 1 and "MemoryError" in result.output.splitlines()[-1]


def test_what_cannot_be_played_is_one_line(play, tmp_path):
    result = play("wait idle", "--speed", "0")
    assert result.exit_code == 2 and "--speed" in result.output
    path = tmp_path / "binary.txt"
    path.write_bytes(b"\xff\xfe\x00")
    result = CliRunner().invoke(run, [str(path)])
    assert result.exit_code == 2 and f"{path}: not a text in UTF-8" in result.output


@pytest.mark.parametrize("language", ["en", "zh"])
def test_screens_have_names_that_hold_in_both_languages(play, language):
    story = """
    wait idle
    press 1 2 5 0 #
    expect PRESENT_CARD "12.50"
    tap visa-credit
    expect DECLINED | APPROVED "12.50" within 20s
    expect not DECLINED
    remove
    """
    result = play(story, "--plain", "--speed", "5", "--lang", language)
    assert result.exit_code == 0, result.output


def test_a_name_that_no_sentence_has_is_one_line(play):
    result = play("wait idle\nexpect APROVED", "--plain")
    assert result.exit_code == 2 and "APROVED: no sentence" in result.output
