"""Help and mistakes of usage in Chinese: typer's own words are translated, and lines folded where it cuts them off."""

import re
from typing import Any

from rich.text import Text
from typer import rich_utils

from app.commands import terminal

# English of typer's parser, and what a shopkeeper reads in its place. Groups are filled in by their numbers.
_SENTENCES = (
    (r"No such command '(.+?)'\. Did you mean (.+)\?", "没有“{0}”这个命令，是不是想写 {1}？"),
    (r"No such command '(.+?)'\.", "没有“{0}”这个命令。"),
    (r"No such option:? '?(-\S+?)'?(?:\.| ) ?\(Possible options: (.+)\)", "没有 {0} 这个选项，是不是想写 {1}？"),
    (r"No such option:? '?(-\S+?)'?(?:\.| ) ?Did you mean (.+)\?", "没有 {0} 这个选项，是不是想写 {1}？"),
    (r"No such option:? '?(-\S+?)'?\.?", "没有 {0} 这个选项。"),
    (r"Missing (?:argument|option|parameter):? '?(.+?)'?\.", "还要写 {0}。"),
    (r"Missing command\.", "还要写一个命令。"),
    (r"Option '(.+)' requires an argument\.", "{0} 后面还要写内容，中间空一格。"),
    (r"Option '(.+)' does not take a value\.", "{0} 后面不用写内容。"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)", "多写了“{0}”。内容里有空格的，请用英文双引号括起来。"),
    (r"Invalid value for '?(.+?)'?: (.+)", "{0} 写得不对：{1}"),
)
_REASONS = (
    (r"Input should be greater than or equal to (\S+)", "请写 {0} 或更大的数。"),
    (r"Input should be less than or equal to (\S+)", "请写 {0} 或更小的数。"),
    (r".* is not in the range (.+?)\.?", "请写 {0} 之间的数。"),
    (r".*valid integer.*", "请写整数，例如 24。"),
    (r".*valid (?:number|float).*", "请写数字，例如 0.95。"),
    (r".*'(.*)' is not one of (.+?)\.?", "没有“{0}”，可以写 {1}。"),
    (r".*'(.*)' does not exist\.?", "没有“{0}”这个文件或文件夹，请检查路径。"),
    (r".*'(.*)' is a directory\.?", "“{0}”是文件夹，请写文件。"),
    (r".*'(.*)' is a file\.?", "“{0}”是文件，请写文件夹。"),
    (r".*'(.*)' is not (?:readable|writable)\.?", "“{0}”打不开，请检查有没有权限。"),
)
_HEADINGS = {
    "ARGUMENTS_PANEL_TITLE": "要写的",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "DEFAULT_STRING": "[默认：{}]",
    "ENVVAR_STRING": "[环境变量：{}]",
    "REQUIRED_LONG_STRING": "[必须写]",
    "ABORTED_TEXT": "已取消。",
}


_OPTIONS = {
    "Show this message and exit.": "看这段说明。",
    "Install completion for the current shell.": "给现在的终端装上按 Tab 补全。",
    "Show completion for the current shell, to copy it or customize the installation.": "打印补全脚本，自己安装。",
}


class _FoldingHighlighter(rich_utils.OptionHighlighter):
    """Typer's colours, on text that is folded at the edge: Chinese has no spaces to break at, and would be cut off."""

    def __call__(self, text: str | Text) -> Text:
        """The text with colours, never shortened."""
        told = super().__call__(_OPTIONS.get(str(text), text))
        told.overflow = "fold"
        return told


def speak_chinese() -> None:
    """Let typer's own help and errors be in Chinese, once a process."""
    rich_utils.highlighter = _FoldingHighlighter()
    for name, text in _HEADINGS.items():
        setattr(rich_utils, name, text)
    setattr(rich_utils, rich_utils.rich_format_error.__name__, _print_usage_error)


def explain_usage(message: str) -> str:
    """The Chinese sentence for an English one of the parser; itself where none is known."""
    found = _fill_in(message, _SENTENCES)
    if found is None:
        return message
    head, mark, reason = found.partition("写得不对：")
    if not mark:
        return found
    _, _, given = message.partition(": ")
    return f"{head}{mark}{_fill_in(given, _REASONS) or reason}"


def _fill_in(message: str, sentences: tuple[tuple[str, str], ...]) -> str | None:
    for pattern, sentence in sentences:
        if matched := re.fullmatch(pattern, message, re.DOTALL):
            return sentence.format(*(group.replace("'", "").replace(", ", "、") for group in matched.groups()))
    return None


def _print_usage_error(error: Any) -> None:
    """The sentence in red, and where the help is; nothing for a command that was called without arguments."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return
    terminal.print_error(explain_usage(error.format_message()))
    context = getattr(error, "ctx", None)
    if context is not None:
        terminal.print_text(f"怎么写：{context.command_path} --help", err=True)
