"""Writes requests and commands so that a shell reads back what was meant."""

import re
from collections.abc import Sequence

from ..contract.exchange import Request
from .escaping import visible

MOST_BODY = 2000  # characters of a body on a command line; a long run of one letter in a longer body is not written out

_LONG_RUN = re.compile(rb"([a-zA-Z])\1{999,}")
_PLAIN = re.compile(r"[A-Za-z0-9@+,./_-][A-Za-z0-9@+:,./_=%-]*")


def quoted(text: str) -> str:
    """Quote a text as one word, in printable characters, for sh, bash, dash, zsh and fish."""
    if _PLAIN.fullmatch(text):
        return text
    if visible(text) != text:
        return f'"$(printf {_quoted_format(text.encode(errors="surrogatepass"))})"'
    return _in_quotes(text)


def _quoted_format(data: bytes) -> str:
    """Quote bytes as a format of ``printf``. Octal numbers stand for what shells or CI systems would read."""
    written = printf_format(data).replace("\\\\", "\\134").replace("'", "\\047").replace("##", "#\\043")
    if written.startswith("-"):  # dash, zsh and fish differ in how an option of printf ends
        written = "\\055" + written[1:]
    return f"'{written}'"


def _in_quotes(text: str) -> str:
    """Quote with single quotes, but quotes and backslashes with double ones: in fish they are special in both."""
    parts = re.split(r"(['\\]+)", text)
    special = [f'"{part}"' for part in (part.replace("\\", "\\\\") for part in parts[1::2])]
    plain = [f"'{part}'" if part else "" for part in parts[::2]]
    return "".join(a + b for a, b in zip(plain, [*special, ""], strict=True)) or "''"


def printf_format(data: bytes) -> str:
    """Write bytes as one line of printable ASCII, as a format of ``printf``."""
    escaped = {0x5C: "\\\\", 0x25: "%%"}
    return "".join(escaped.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}") for byte in data)


def curl(request: Request, options: Sequence[str] = (), url_variable: str = "POD_URL") -> str:
    """Return a command that sends the request again: one line, which takes tokens from the ``POD_…_TOKEN`` variables.

    Args:
        request: The request.
        options: Words of a shell that tell curl the way to the pod.
        url_variable: The variable with the base address of the pod.
    """
    parts = ["curl", "-sS", "-i", "-w", "'\\n'", *options, "-X", request.sent_method]
    if request.sent_method == "HEAD":
        # An answer to HEAD has no body. curl would wait for the one that its Content-Length announces.
        parts += ["--ignore-content-length", "-H", "'Connection: close'"]
    if re.search(r"[][{}]", request.path):
        parts.append("--globoff")
    if "/." in request.path:
        parts.append("--path-as-is")
    parts.append(f'"${url_variable}"{_word(request.path, request)}')
    if request.token is not None:
        parts += ["-H", _token_header(request.token_header, request.token, request.token_shell)]
    elif request.role is not None:
        parts += ["-H", f'"{request.token_header}: $POD_{request.role.upper()}_TOKEN"']
    if request.media_type is not None:
        parts += ["-H", quoted(f"Content-Type: {request.media_type}")]
    elif request.body is not None:
        parts += ["-H", "'Content-Type:'"]
    parts += [part for name, value in request.headers for part in ("-H", _word(f"{name}: {value}", request))]
    if request.body is None:
        return " ".join(parts)
    if len(request.body) > MOST_BODY and (run := _LONG_RUN.search(request.body)):
        before, after = (_quoted_format(part) for part in (request.body[: run.start()], request.body[run.end() :]))
        repeated = f"head -c {len(run[0])} /dev/zero | tr '\\0' {quoted(run[1].decode('ascii'))}"
        body = f"{{ printf {before}; {repeated}; printf {after}; }}"
        return f"{body} | {' '.join([*parts, '--data-binary', '@-'])}"
    text = request.body.decode("latin-1")
    if text.isascii() and text.isprintable() and not text.startswith("@"):
        return " ".join([*parts, "--data-binary", _word(text, request)])
    return f"printf {_quoted_format(request.body)} | {' '.join([*parts, '--data-binary', '@-'])}"


def _token_header(name: str, token: str, token_shell: str) -> str:
    if not token:
        return quoted(f"{name};")  # curl sends a header without a value if it is written so
    return quoted(f"{name}: {token}") if token == token_shell else f'"{name}: {token_shell}"'


def _word(text: str, request: Request) -> str:
    """Quote a text of a request as one word of a shell. The shell builds the parts that are made of a token."""
    for part, shell in request.embedded:
        if part in text:
            before, after = text.split(part, 1)
            return f'{quoted(before) if before else ""}"{shell}"{_word(after, request) if after else ""}'
    return quoted(text)
