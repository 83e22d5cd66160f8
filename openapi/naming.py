"""Names in the client: of a tag's operations, of their methods and of their arguments."""

import keyword
from collections import Counter
from collections.abc import Collection, Sequence

from openapi_python_client.parser.openapi import EndpointCollection

_TAKEN_ARGUMENTS = {"self", "client", "options", "timeout", "headers", "retries"}
_TAKEN_METHODS = {"with_raw_response"}


def resource_name(tag: str) -> str:
    """The plural of a tag: a tag ``connection`` gives ``pod.connections``."""
    if tag.endswith("s") and not tag.endswith(("ss", "us")):
        return tag
    if tag.endswith(("s", "x", "ch", "sh")):
        return f"{tag}es"
    if tag.endswith("y") and not tag.endswith(("ay", "ey", "oy", "uy")):
        return f"{tag[:-1]}ies"
    return f"{tag}s"


def method_names(collection: EndpointCollection) -> dict[str, str]:
    """What each operation of a tag is called: without the words of the tag, where that is a name and the only one."""
    short = {endpoint.name: _without_tag(endpoint.name, collection.tag) for endpoint in collection.endpoints}
    count = Counter(short.values())
    return {
        str(name): word
        if _is_usable(word) and count[word] == 1
        else f"{name}_"
        if name in _TAKEN_METHODS
        else str(name)
        for name, word in short.items()
    }


def _is_usable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and name not in _TAKEN_METHODS


def _without_tag(name: str, tag: str) -> str:
    padded = f"_{name}_"
    for words in (resource_name(tag), tag):
        padded = padded.replace(f"_{words}_", "_")
    return padded.strip("_")


def argument_name(name: str, taken: Collection[str]) -> str:
    """A name that is not that of an option of the call, nor one of those that are taken."""
    while name in _TAKEN_ARGUMENTS or name in taken:
        name += "_"
    return name


def are_distinct(names: Sequence[str]) -> bool:
    """Whether no name stands there twice."""
    return len(set(names)) == len(names)
