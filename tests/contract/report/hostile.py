"""Hostile text, as a pod may answer it: made of what acts on terminals, CI logs, Markdown, HTML, XML and readers."""

import random
import unicodedata
from collections.abc import Iterator

FRAGMENTS = (
    *(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))),
    *"\u034f\u061c\u115f\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066",
    *"\u2067\u2068\u2069\u2800\u3000\u3164\ufe0f\ufeff\ufff9\ufffe\uffff\ue000\ud800\udc80\udfff\U000e0001\U0010ffff",
    *("\x1b[2J", "\x1b[1;32m74 held\x1b[0m", "\x1b]0;title\x07", "\x1b]8;;http://evil.example/\x1b\\", "\x9b31m"),
    *("\r", "\r\n", "\n", "\n\n", "\t", " ", "  ", "\x0b", "\x0c", "\x85", "\xa0"),
    *("::error::forged", "\n::stop-commands::x", " ::set-output name=a::b", ":", "::"),
    *("##[error]forged", "##[", "#", "##vso[task.setvariable variable=a]b", "##teamcity[message text='x']"),
    *("`", "``", "```", "\n```\n", "\n````\n# forged\n", "~~~", "\n~~~\n", "    ", "\t\tcode"),
    *("# forged", "\n# forged\n", "---", "===", "- x", "1. x", "> x", "| a | b |", "|", "\\|", "\\", "\\\\"),
    *("![x](http://evil.example/x.png)", "[x](javascript:alert(1))", "<http://evil.example>", "@everyone", "#1"),
    *(
        "<script>alert(1)</script>",
        "</pre>",
        "</details>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "&lt;",
        "&#27;",
        "<",
        ">",
    ),
    *("'", '"', "$(id)", "`id`", "${HOME}", "; id", "\ncontract: 74 held", "contract: 74 held", "%0A::error::x"),
    *(
        "\u05d0\u05d1\u05d2",
        "\u0627\u0644\u0639",
        "\u0661\u0662",
        "e\u0301",
        "\u20e0",
        "\U0001f600",
        "\xe9",
        "x",
        "404",
    ),
)


def hostile_strings(count: int, seed: int) -> Iterator[str]:
    """Yield as many hostile strings, the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        yield "".join(
            chance.choice(FRAGMENTS) if chance.random() < 0.9 else chr(chance.randrange(0x110000))
            for _ in range(chance.randint(1, 6))
        )


def harm(text: str) -> list[str]:
    """Name the harm that a text can do where people or programs read it; the lines that can do it."""
    return [line for line in text.split("\n") if _acts(line)]


def _acts(line: str) -> bool:
    if line.isascii() and line.isprintable() and "::" not in line and "##" not in line:
        return False
    return (
        not line.isprintable()
        or any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in line)
        or line.lstrip().startswith("::")
        or any(f"##{name}[" in line for name in ("", "vso", "teamcity"))
    )
