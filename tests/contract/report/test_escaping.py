import shutil
import subprocess

import pytest
from markdown_it import MarkdownIt

from contract_tests.report.escaping import markdown_block, markdown_code, shortened, visible, visible_lines
from contract_tests.report.shell import quoted
from tests.contract.report.hostile import harm, hostile_strings
from tests.programs import needs_program


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("404 or 400", "404 or 400"),
        ("é × 語 😀", "é × 語 😀"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[32m74 held", r"\x1b[32m74 held"),
        ("\x9b31m\x00", r"\x9b31m\x00"),
        ("abc\u202edef", r"abc\u202edef"),
        ("a\u200bb\u2028c\ufeff", r"a\u200bb\u2028c\ufeff"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("\u05d0 404", r"\u05d0 404"),
        ("::error::x", r"\x3a:error::x"),
        ("  ::error::x", r"  \x3a:error::x"),
        ("at 10::20", "at 10::20"),
        ("x ##[error]y", r"x #\x23[error]y"),
        ("##vso[x]", r"#\x23vso[x]"),
        ("## heading", "## heading"),
    ],
)
def test_what_is_not_printable_or_acts_is_shown_as_an_escape(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_a_text_is_split_at_its_line_ends_alone() -> None:
    assert visible_lines("a\r\nb\nc\rd\u2028e") == ["a", "b", r"c\rd\u2028e"]


def test_a_long_text_says_how_long_it_is() -> None:
    assert shortened("x" * 30, 20) == "x" * 20 + "… (30 characters in all)"
    assert shortened("x" * 20, 20) == "x" * 20


@pytest.mark.parametrize("line", ["x", "```", "`````", "~~~~", "a ```` b", ""])
def test_a_fence_is_longer_than_what_it_holds(line: str) -> None:
    fence, shown, end = markdown_block([line])
    assert (shown, end) == (line, fence)
    assert fence not in line


def test_hostile_lines_stay_within_their_fence() -> None:
    parser = MarkdownIt("gfm-like", {"linkify": False})
    lines = [line for text in hostile_strings(2000, seed=1) for line in text.split("\n")]
    for start in range(0, len(lines), 20):
        some = lines[start : start + 20]
        tokens = parser.parse("\n".join(["before", "", *markdown_block(some), "", "after"]))
        assert [token.type for token in tokens if token.type == "fence"] == ["fence"]
        assert len(tokens) == 7  # two paragraphs of three tokens each, and the fence between them
        assert tokens[3].content == "".join(f"{visible(line)}\n" for line in some)


def test_a_hostile_text_in_a_cell_of_a_table_is_code_and_nothing_else() -> None:
    parser = MarkdownIt("gfm-like", {"linkify": False})
    texts = [text for text in hostile_strings(2000, seed=2) if visible(text).strip()]
    rows = [f"| {markdown_code(text)} | b |" for text in texts]
    tokens = parser.parse("\n".join(["| a | b |", "|---|---|", *rows]))
    cells = [token for token in tokens if token.type == "inline"][2::2]
    assert [[child.type for child in cell.children or []] for cell in cells] == [["code_inline"]] * len(texts)
    assert [child.content.strip() for cell in cells for child in cell.children or []] == [
        visible(text).strip() for text in texts
    ]


def test_no_function_lets_harm_through() -> None:
    for text in hostile_strings(20_000, seed=3):
        shown = (visible(text), markdown_code(text), "\n".join(markdown_block([text])), quoted(text))
        assert [harm(one) for one in shown] == [[]] * 4, repr(text)


@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "zsh", "fish"])
def test_a_quoted_text_is_one_word_with_the_same_bytes_in_every_shell(shell: str) -> None:
    needs_program(shell)
    texts = [text for text in hostile_strings(3000, seed=4) if _can_be_an_argument(text)][:1000]
    texts += ["", "~", "a b", "=ls", "%self", "it's", "\\'", "'\\'", "a\\\\b", "!x!", "$HOME", "*", "-n", "{a,b}", "é"]
    script = "\n".join(f"printf '%s\\0' {quoted(text)}" for text in texts)
    done = subprocess.run([shutil.which(shell) or shell, "-c", script], capture_output=True, check=True)
    assert done.stdout.split(b"\0")[:-1] == [text.encode() for text in texts]


def _can_be_an_argument(text: str) -> bool:
    """Whether a process can be given a text; a shell also takes line ends away from the end of what is substituted."""
    return "\0" not in text and not text.endswith("\n") and not any("\ud800" <= letter <= "\udfff" for letter in text)
