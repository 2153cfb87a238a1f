"""Reading a page back, with a parser that knows nothing of how it was made."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "col", "hr", "wbr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    parent: Element | None
    words: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, *tags: str) -> list[Element]:
        found = [self] if not tags or self.tag in tags else []
        for child in self.children:
            found += child.all(*tags)
        return found

    def said(self) -> str:
        return " ".join(self.words.split())


class Reader(HTMLParser):
    """Builds the tree; a tag that is not closed in order is an error, as in XML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top = self.here = Element("document", {}, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = Counter(name for name, _ in attrs)
        assert max(names.values(), default=1) == 1, f"<{tag}> says an attribute twice"
        child = Element(tag, dict(attrs), self.here)
        self.here.children.append(child)
        if tag not in VOID:
            self.here = child

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.here = self.here.parent or self.top

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent is not None
        self.here.parent.words += f" {self.here.words} "
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.words += data


def read(html: str) -> Element:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.here is reader.top, f"<{reader.here.tag}> is never closed"
    return reader.top


def visible(top: Element) -> str:
    return re.sub(r"\s+", " ", next(iter(top.all("body"))).words)
