"""The command line met by somebody who mistypes: one line in Chinese and an exit code, no stack, no wrong "none"."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REFUSED, NOT_PUBLISHED = 2, 3


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own, as an operator runs it."""
    command = [sys.executable, "-m", "pipeline.cli", *words]
    place = os.environ | {"ONETABLE_HOME": str(home)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=place, stdin=subprocess.DEVNULL)


def told(done: subprocess.CompletedProcess[str]) -> str:
    """What was said on the error channel, which is no stack of Python's."""
    assert "Traceback" not in done.stderr, done.stderr
    assert 'File "' not in done.stderr, done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", __file__, "--feed", "medical/nothing"], "没有报表 medical/nothing"),
        (["submissions", "--feed", "medical"], "没有报表 medical"),
        (["ingest", "--sector", "医保"], "没有责任单位 医保"),
        (["simulate", "--out", "x", "--scale", "huge"], "没有规模 huge"),
        (["simulate", "--out", "x", "--profile", "nowhere"], "没有校准县 nowhere"),
        (["decide", "--workbook", "/nonexistent.xlsx"], "没有这个文件或文件夹:/nonexistent.xlsx"),
        (["templates", "--out", __file__], "是文件,不是文件夹"),
    ],
)
def test_a_wrong_word_is_refused_and_named(tmp_path: Path, words: list[str], said: str) -> None:
    done = run(tmp_path, *words)
    assert done.returncode == REFUSED, done.stderr
    assert said in told(done)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reconsile"], "没有命令 reconsile;是不是 reconcile?"),
        (["audit", "verfy"], "没有命令 verfy"),
        (["number", "--areas"], "没有选项 --areas;是不是 --area"),
        (["number", "--area"], "选项 --area 后面须给出值"),
        (["number", "--json=3"], "选项 --json 不带值"),
        (["submissions", "a", "b"], "多出的参数:a b"),
        (["release"], "缺少参数 submission_id"),
        (["release", "x"], "缺少选项 --by"),
        (["sign", "x", "agree", "--by", "a", "--reason", "b"], "verdict: 只能是 accept、refuse、waive、resume、owner"),
        (["simulate", "--out", "x", "--seed", "abc"], "--seed: 须填数字"),
        (["simulate", "--out", "x", "--households", "0"], "--households: 不能小于 1"),
        (["simulate", "--out", "x", "--corrupt", "2"], "--corrupt: 不能大于 1"),
        (["score", "--truth", __file__], "是文件,不是文件夹"),
        (["check", "/", "--feed", "medical/enrolments"], "是文件夹,不是文件"),
        (["number", "--610099196503120112"], "没有选项 --"),
    ],
)
def test_a_command_typed_wrongly_is_mended_in_chinese(tmp_path: Path, words: list[str], said: str) -> None:
    done = run(tmp_path, *words)
    assert (done.returncode, done.stdout) == (REFUSED, "")
    assert said in told(done)
    for word in ("Usage", "Try ", "Error", "OPTIONS", "Missing", "Invalid", "610099196503120112"):
        assert word not in done.stderr


def test_help_has_no_word_of_english_around_it(tmp_path: Path) -> None:
    for words in (["--help"], ["audit", "--help"], ["sign", "--help"], ["simulate", "--help"], ["audit"]):
        done = run(tmp_path, *words)
        assert done.returncode == (0 if "--help" in words else REFUSED)
        shown = done.stdout + done.stderr
        assert "用法: " in shown
        for word in ("Usage", "Options", "Arguments", "Commands", "required", "default", "Show this", "ARGS"):
            assert word not in shown, (words, word)


def test_help_is_told_to_the_end(tmp_path: Path) -> None:
    every, one = run(tmp_path, "--help").stdout, run(tmp_path, "simulate", "--help").stdout
    assert "退出码 0 收到且完好,1 未收到或已损坏。" in every
    assert "bairi-2018(1020人、747户)。" in one


@pytest.mark.parametrize(("day", "said"), [("2020-02-30", "确有这一天"), ("0020-06-30", "年份")])
def test_a_day_that_is_none_is_refused_in_chinese(tmp_path: Path, day: str, said: str) -> None:
    done = run(tmp_path, "retention", "--on", day)
    assert (done.returncode, said in told(done)) == (REFUSED, True)


def test_a_number_typed_for_a_code_is_not_repeated(tmp_path: Path) -> None:
    done = run(tmp_path / "home", "ingest", "--sector", "610099196503120112")
    assert "610099196503120112" not in told(done)


def test_before_the_first_night_every_question_says_so(tmp_path: Path) -> None:
    home, truth = tmp_path / "home", tmp_path / "truth"
    truth.mkdir()
    for name in ("files", "intake", "links", "mismatches", "indicators"):
        (truth / f"{name}.csv").write_text("a\n")
    policy = tmp_path / "policy.csv"
    policy.write_text("param_id,value\npoverty_line,1\n")
    for words in (["score", "--truth", str(truth)], ["preview", "--policy", str(policy)], ["number"], ["lists"]):
        done = run(home, *words)
        assert (done.returncode, "onetable reconcile" in told(done)) == (NOT_PUBLISHED, True), words


@pytest.mark.parametrize(
    "words",
    [["fsck"], ["audit", "verify"], ["status"], ["submissions"], ["retention"], ["keys", "rotate"],
     ["assign", "medical", "测某", "--by", "测某"], ["baseline", "x", "--by", "测某"]],
)  # fmt: skip
def test_a_home_that_is_not_there_is_not_in_order_and_is_not_made(tmp_path: Path, words: list[str]) -> None:
    done = run(tmp_path / "mistyped", *words)
    assert (done.returncode, "没有这个文件夹" in told(done)) == (REFUSED, True)
    assert not (tmp_path / "mistyped").exists()


def test_a_place_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    done = run(tmp_path / "home", "ingest")
    assert done.returncode == 1
    assert f"不是文件夹:{tmp_path}" in told(done)
