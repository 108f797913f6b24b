"""Every text that people can read, from templates and code: `python -m tests.strings` prints the list, to be read as a whole.

Of a template it is what stands between the tags and what its statements write out; of the code every text in quotation marks that
is neither a docstring, a log line, a programming error nor SQL: labels, hints, messages, refusals, history, titles.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
PACKAGES = ("assessments", "councils", "cpc", "teams")
# What nobody reads on a page or in a mail.
NOT_READ = {"migrations", "benchmarks"}
SILENT_CALLS = {
    "ValueError", "TypeError", "AssertionError", "RuntimeError", "KeyError", "AttributeError", "ImproperlyConfigured",
    "LookupError", "getLogger", "debug", "info", "exception", "compile", "search", "match", "fullmatch", "execute", "sub",
    "findall", "finditer", "split", "RunSQL", "RawSQL", "CheckMessage", "Error", "Warning", "Critical", "NotImplementedError",
}  # fmt: skip
SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|WHERE|BETWEEN|JOIN)\b")
# A word of a person begins large or has a neighbour; a class, a path or a code has neither.
READABLE = re.compile(r"[A-Z][a-z]|[A-Za-z,.;:!?’”)] [A-Za-z(“‘]")
MACHINE = re.compile(r"^[\w./:#%?=&{}*<>\[\]|^$\\-]+$|govuk-|\bapp-[a-z]")
OPEN = "{}"


@dataclass(frozen=True)
class Text:
    path: str
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.words}"


def every_text() -> list[Text]:
    return [*of_templates(), *of_code()]


def of_templates() -> Iterator[Text]:
    for path in sorted((BASE / "templates").rglob("*")):
        if path.suffix in {".html", ".txt"}:
            yield from of_template(str(path.relative_to(BASE)), path.read_text())


def of_template(name: str, source: str) -> Iterator[Text]:
    def blank(found: re.Match[str]) -> str:
        return "\n" * found[0].count("\n")

    source = re.sub(r"\{#.*?#\}|<!--.*?-->|<(script|style)\b.*?</\1>", blank, source, flags=re.DOTALL)
    for found in re.finditer(r"\{\{.*?\}\}|\{%.*?%\}", source, re.DOTALL):
        for quoted in re.finditer(r'"((?:[^"\\]|\\.)*)"', found[0]):
            line = source.count("\n", 0, found.start() + quoted.start()) + 1
            yield from readable(name, line, quoted[1], alone=not re.match(r'"\s*:', found[0][quoted.end() - 1 :]))
    spoken = re.sub(r"\{%.*?%\}", blank, source, flags=re.DOTALL)
    spoken = re.sub(r"\{\{.*?\}\}", lambda found: OPEN + blank(found), spoken, flags=re.DOTALL)
    for found in re.finditer(r'\b(?:aria-label|alt|title|placeholder)="([^"]*)"', spoken):
        yield from readable(name, spoken.count("\n", 0, found.start()) + 1, found[1])
    # Inside a sentence a link or an emphasis is no end of it.
    spoken = re.sub(r"</?(?:a|abbr|b|em|i|span|strong|time|code|ins|del|kbd|br)\b[^<>]*>", blank, spoken)
    for found in re.finditer(r"[^<>]+(?=<|$)", re.sub(r"<[^<>]*>", lambda tag: f"<{blank(tag)}>", spoken)):
        piece = found[0]
        start = found.start() + len(piece) - len(piece.lstrip())
        yield from readable(name, spoken.count("\n", 0, start) + 1, piece)


def of_code() -> Iterator[Text]:
    for package in PACKAGES:
        for path in sorted((BASE / package).rglob("*.py")):
            if not NOT_READ & set(path.parts):
                yield from of_module(str(path.relative_to(BASE)), path.read_text())


def of_module(name: str, source: str) -> Iterator[Text]:
    tree = ast.parse(source)
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for each in body if isinstance(body, list) else []:
            if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
                skipped.add(each.value)
        if isinstance(node, ast.Call) and _called(node.func) in SILENT_CALLS:
            skipped |= {
                each for part in [*node.args, *(word.value for word in node.keywords)] for each in ast.walk(part)
            }
        if isinstance(node, ast.JoinedStr) and node not in skipped:
            inner = [each for each in ast.walk(node) if each is not node]
            yield from readable(name, node.lineno, "".join(_plain(part) for part in node.values))
            skipped |= {each for each in inner if isinstance(each, ast.Constant) and each in node.values}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped:
            yield from readable(name, node.lineno, node.value)


def _called(function: ast.AST) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _plain(part: ast.AST) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else OPEN


def readable(name: str, line: int, text: str, *, alone: bool = True) -> Iterator[Text]:
    words = " ".join(html.unescape(text).split())
    if (alone and READABLE.search(words) and not MACHINE.search(words) and not SQL.search(words)) or (
        alone and re.fullmatch(r"[A-Z][a-z]+", words)
    ):
        yield Text(name, line, words)


# ------------------------------------------------------------------ words that we do not use

# The way we say it -> what is not said. Read without regard to capitals.
INSTEAD: dict[str, str] = {
    "no one, or turn the sentence round": r"\bnobody\b",
    "someone": r"\bsomebody\b",
    "anyone": r"\banybody\b",
    "everyone": r"\beverybody\b",
    "who": r"\bwhom\b",
    "is, is recorded as": r"\bstands? (?:as|here|on this|so|twice|already|among|above|in until)\b|\bas (?:it|they) stands?\b",
    "anyway, despite this": r"\ball the same\b",
    "status": r"\bhow (?:it|they) st(?:ands?|ood)\b",
    "in conversation": r"\bby word\b",
    "finished; finish this stage": r"\bsign(?:ed|s|ing)? off\b|\bsign-off\b",
    "still to do, waiting for": r"\boutstanding\b",
    "current": r"\bthe present\b|\bpresent one\b|\bof today\b",
    "reason to get in touch": r"\bprompt(?:s|ed)?\b",
    "usual time": r"\bthe window\b|\bwindow (?:for a|opens?)\b",
    "peer challenge": r"\b(?:the|this|a|another|each|of|every|your|past) case\b(?! of)|\bcases\b",
    "peer pool": r"(?<!peer )\bpool\b",
    "email": r"\be-mail\b|\bby mail\b|\bmails\b",
    "nothing: the form adds (optional) itself": r"\(optional\)",
    "will be sent": r"\bmade good\b",
    "has been told, will be told": r"\b(?:is|are) told\b",
    "says, already has": r"\btells of\b",
}
RULES = {instead: re.compile(pattern, re.IGNORECASE) for instead, pattern in INSTEAD.items()}
# (end of path, words) that stay, with the reason. Never more than ten.
STAYS: dict[tuple[str, str], str] = {
    ("cpc/demo/server.py", "Mails are files in"): "for developers, on their own terminal",
}


def odd() -> list[str]:
    return [
        f"{text} (say: {instead})"
        for text in every_text()
        for instead, rule in RULES.items()
        if rule.search(text.words)
        and not any(text.path.endswith(path) and words in text.words for path, words in STAYS)
    ]


if __name__ == "__main__":
    print("\n".join(map(str, every_text())))
