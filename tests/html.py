"""HTML as a validator and a screen reader see it. `assert_valid_html(response.content.decode())` on every page."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import html5lib

# Attributes that name the ids of other elements.
REFERENCES = ("aria-describedby", "aria-labelledby", "aria-controls", "aria-owns", "form", "list", "headers")
UNLABELLED_INPUTS = {"hidden", "submit", "button", "reset", "image"}
ERROR_SUMMARY = "govuk-error-summary"


def _elements(root: Any) -> Iterator[Any]:
    for element in root.iter():
        if isinstance(element.tag, str):
            yield element


def _text(element: Any) -> str:
    return "".join(element.itertext()).strip()


def _name(element: Any) -> str:
    return f"<{element.tag} {' '.join(f'{key}={value!r}' for key, value in list(element.items())[:4])}>"


def _syntax(parser: html5lib.HTMLParser) -> list[str]:
    errors = html5lib.constants.E
    return [f"line {line}: {errors.get(code, code) % data}" for (line, _), code, data in parser.errors]


def _headings(elements: list[Any]) -> list[str]:
    headings = [
        (int(each.tag[1]), _text(each)) for each in elements if each.tag in {"h1", "h2", "h3", "h4", "h5", "h6"}
    ]
    found = [f"an empty h{level}" for level, text in headings if not text]
    firsts = [text for level, text in headings if level == 1]
    if len(firsts) != 1:
        found.append(f"{len(firsts)} h1: {firsts}")
    return found


def _labels(elements: list[Any], ids: set[str]) -> list[str]:
    labelled = {each.get("for") for each in elements if each.tag == "label" and _text(each)}
    wrapped = {
        id(inner)
        for each in elements
        if each.tag == "label" and _text(each)
        for inner in each.iter()
        if inner is not each
    }
    found = [f"label for {target!r} leads nowhere" for target in labelled if target and target not in ids]
    for each in elements:
        if each.tag not in {"input", "select", "textarea"} or each.get("type") in UNLABELLED_INPUTS:
            continue
        if not (
            each.get("id") in labelled or id(each) in wrapped or each.get("aria-label") or each.get("aria-labelledby")
        ):
            found.append(f"no label: {_name(each)}")
    return found


def _links(root: Any, elements: list[Any], ids: set[str]) -> list[str]:
    found = []
    for each in elements:
        for attribute in REFERENCES:
            found += [
                f"{attribute} of {_name(each)} leads nowhere: {target}"
                for target in (each.get(attribute) or "").split()
                if target not in ids
            ]
        href = each.get("href") or ""
        if each.tag == "a" and href.startswith("#") and href != "#" and href[1:] not in ids:
            found.append(f"link to {href} leads nowhere")
        if each.tag in {"a", "button"} and not (
            _text(each) or each.get("aria-label") or each.find(".//img") is not None
        ):
            found.append(f"no words: {_name(each)}")
        if each.tag == "img" and each.get("alt") is None:
            found.append(f"no alt: {_name(each)}")
    return found


def problems(content: str) -> list[str]:
    """What is wrong with a whole page; empty when it is right."""
    return parsed_problems(content)[1]


def parsed_problems(content: str) -> tuple[Any, list[str]]:
    """The page as a tree, and what is wrong with it: for whoever reads it on, since reading a page takes its time."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(content)
    elements = list(_elements(root))
    counted = Counter(each.get("id") for each in elements if each.get("id") is not None)
    ids = set(counted)
    found = _syntax(parser)
    found += [f"id {name!r} stands {number} times" for name, number in counted.items() if number > 1]
    found += [f"id {name!r} is empty or has a space" for name in ids if not name or any(c.isspace() for c in name)]
    if not root.get("lang"):
        found.append("no language")
    titles = [_text(each) for each in elements if each.tag == "title"]
    title = titles[0] if titles else ""
    if not title or title.startswith(("–", "Error: –")):
        found.append(f"no title of its own: {title!r}")
    # One that does not take the focus is an example, in the style guide.
    summaries = [
        each
        for each in elements
        if ERROR_SUMMARY in (each.get("class") or "").split() and not each.get("data-disable-auto-focus")
    ]
    if bool(summaries) != title.startswith("Error: "):
        found.append(f"{len(summaries)} error summaries, and the title is {title!r}")
    return root, found + _headings(elements) + _labels(elements, ids) + _links(root, elements, ids)


def assert_valid_html(content: str) -> None:
    """Parses without an error; ids stand once; one h1; labels, ARIA references and error links reach their target."""
    found = problems(content)
    assert found == [], "\n".join(found) + "\n\n" + content[:20000]
