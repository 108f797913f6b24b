"""Pages of the teams are well-formed: strict HTML, one h1, no id twice, labels and descriptions that lead somewhere."""

from collections import Counter

import html5lib


def assert_valid_html(content: str) -> None:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree = parser.parse(content)
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    assert [name for name, number in ids.items() if number > 1] == []
    assert len(list(tree.iter("h1"))) == 1
    for element in tree.iter():
        for attribute in ("for", "aria-describedby", "aria-labelledby"):
            for target in (element.get(attribute) or "").split():
                assert target in ids, f"{attribute} of <{element.tag}> leads to {target}, which is not there"
