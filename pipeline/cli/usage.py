"""Help and refusals of a command that was typed wrongly, in Chinese: typer knows them in English only.

Data in: what typer would print. Data out: the same in Chinese, with how to mend it; exit code 2 as before.
Not here: what a command itself refuses (command_line.py).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from connectors.outbox.workbook import mask_digits
from pipeline.cli.terminal import FINDINGS, err

if TYPE_CHECKING:
    from typer import Context

_HELP = (
    (re.compile(r"^Usage: ", re.MULTILINE), "用法: "),
    (re.compile(r"^Arguments:$", re.MULTILINE), "参数:"),
    (re.compile(r"^Options:$", re.MULTILINE), "选项:"),
    (re.compile(r"^Commands:$", re.MULTILINE), "命令:"),
    (re.compile(r"\[OPTIONS\]"), "[选项]"),
    (re.compile(r"COMMAND \[ARGS\]\.\.\."), "命令 [参数]..."),
    (re.compile(r"\[default: (?=[^\]]*\])"), "[默认: "),
    (re.compile(r"(?<=[\[ ])required\]"), "必填]"),
    (re.compile(r"Show this message and exit\."), "显示本说明。"),
)
_SAID = (
    (r"No such command '(.*)'\.", "没有命令 {}"),
    (r"No such command '(.*)'\. Did you mean (.*)\?", "没有命令 {};是不是 {}?"),
    (r"Missing command\.?", "缺少命令"),
    (r"No such option: (\S+).*", "没有选项 {}"),
    (r"Got unexpected extra argument\(?s?\)? \((.*)\)", "多出的参数:{}"),
    (r"Option '(.*)' requires an argument\.?", "选项 {} 后面须给出值"),
    (r"Option '(.*)' requires \d+ arguments\.?", "选项 {} 后面给出的值不够"),
    (r"Option '(.*)' does not take a value\.?", "选项 {} 不带值"),
    (r"(?:Value error, )?'.*' is not one of (.*?)\.?", "只能是 {}"),
    (r"\w+ '(.*)' does not exist\.?", "没有这个文件或文件夹:{}"),
    (r"\w+ '(.*)' is a file\.?", "是文件,不是文件夹:{}"),
    (r"\w+ '(.*)' is a directory\.?", "是文件夹,不是文件:{}"),
    (r"\w+ '(.*)' is not (?:read|writ)able\.?", "没有权限读写:{}"),
    (r"Input should be a valid (?:integer|number).*", "须填数字,且不能有别的字"),
    (r"Input should be greater than or equal to (\S+)", "不能小于 {}"),
    (r"Input should be less than or equal to (\S+)", "不能大于 {}"),
)
_HAN = re.compile(r"[一-鿿]")


class _Chinese:
    """What typer says of a command, or of a group of them, in Chinese."""

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - typer keeps its own type to itself
        """The help with headings in Chinese."""
        return _in_chinese(super().get_help(ctx))  # type: ignore[misc]

    def get_usage(self, ctx: Any) -> str:  # noqa: ANN401 - typer keeps its own type to itself
        """The first line of the help."""
        return _in_chinese(super().get_usage(ctx))  # type: ignore[misc]


class ChineseCommand(_Chinese, TyperCommand):
    """A command whose help is in Chinese."""


class ChineseGroup(_Chinese, TyperGroup):
    """A group of commands whose help, and what is said of a wrong call, are in Chinese."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Run a command; a wrong call is told here and ends the process as typer would end it."""
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except TyperException as problem:
            if not standalone_mode:
                raise
            _tell(problem)
            code = problem.exit_code
        except typer.Abort:
            if not standalone_mode:
                raise
            err.print("已中止。")
            code = FINDINGS
        if not standalone_mode:
            return code
        sys.exit(code)


def _in_chinese(text: str) -> str:
    for english, chinese in _HELP:
        text = english.sub(chinese, text)
    return text


def _tell(problem: TyperException) -> None:
    context: Context | None = getattr(problem, "ctx", None)
    text = problem.format_message()
    if text.startswith("用法: "):  # called without any word: the help is all there is to say
        err.print(text)
        return
    if context is not None:
        err.print(context.get_usage())
        err.print(f"各选项的说明: {context.command_path} --help\n")
    err.print(f"错误: {mask_digits(_why(problem))}")


def _why(problem: TyperException) -> str:
    """What is wrong, and at which option or argument."""
    parameter = getattr(problem, "param", None)
    where = str(getattr(problem, "param_hint", None) or (parameter.get_error_hint() if parameter else "")).strip("'")
    if type(problem).__name__ == "MissingParameter":
        return f"缺少{'参数' if getattr(parameter, 'param_type_name', '') == 'argument' else '选项'} {where}"
    said = _said(problem.message)
    if meant := getattr(problem, "possibilities", None):
        said += f";是不是 {'、'.join(sorted(meant))}?"
    return f"{where}: {said}" if where else said


def _said(message: str) -> str:
    for english, chinese in _SAID:
        if found := re.fullmatch(english, message, re.DOTALL):
            return chinese.format(*(part.replace("', '", "、").strip("'") for part in found.groups()))
    return message if _HAN.search(message) else f"写法不对({message})"
