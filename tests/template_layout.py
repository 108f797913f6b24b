"""How a template stands on the page of an editor: `python -m tests.template_layout` lays all out, `--check` only tells.

One step in for each level, no line over 140 characters, and not one space more or less between the words that a reader sees. A
line is broken where the template has white space already, at the edge of a block (a paragraph, a cell), inside a tag, or beside
a statement of the template language, which takes the break back with a dash. A formatter for HTML alone cannot do that: djlint
joins words that stand on both sides of an `if`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
# A line is filled to the first; what cannot be broken without another space may reach the second.
WIDTH, MOST = 120, 140

# White space at the edges of these is not shown.
BLOCK_NAMES = """
    html head body meta link base script noscript header footer main nav section article aside div form fieldset legend
    p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption thead tbody tfoot tr th td colgroup col details summary figure
    figcaption hr br select option optgroup datalist address blockquote svg g rect line circle path polyline polygon text
    desc
"""
BLOCKS = frozenset(BLOCK_NAMES.split())
WITHOUT_END = {"meta", "link", "base", "input", "br", "hr", "img", "col"}
PAIRS = {"if", "for", "block", "with", "call", "macro", "filter"}
TOKEN = re.compile(
    r"(?P<comment>\{#.*?#\}|<!--.*?-->|<!DOCTYPE[^>]*>)|(?P<statement>\{%.*?%\})|(?P<output>\{\{.*?\}\})"
    # A script; and words that are shown as they were typed, with their white space (app-words).
    r"|(?P<verbatim><(?P<name>script|textarea|pre|style|\w+(?=[^<>]*\bapp-words\b))\b.*?</(?P=name)>)"
    r"|(?P<tag></?[a-zA-Z](?:\{[%{].*?[%}]\}|\"(?:\{[%{].*?[%}]\}|[^\"])*\"|[^>\"])*>)",
    re.DOTALL,
)
JOINT = re.compile(r" (?:~|or|and|if|else|is) ")
IN_TAG = re.compile(r"\{[%{].*?[%}]\}|\"(?:\{[%{].*?[%}]\}|[^\"])*\"|\s+|[^\s\"{]+|\{", re.DOTALL)


class Kind(Enum):
    WORD = "a word of the text"
    SPACE = "white space"
    COMMENT = "a comment"
    OUTPUT = "a value"
    STATEMENT = "a statement without a body"
    BODY = "a statement with a body"
    VERBATIM = "a script or the like"
    VOID = "an element without an end"
    ELEMENT = "an element"


@dataclass
class Part:
    """A body and the words before it: an `if` has one for itself, one for each `elif`, one for `else`."""

    head: str
    inside: list[Piece] = field(default_factory=list)


@dataclass
class Piece:
    kind: Kind
    text: str
    name: str = ""
    parts: list[Part] = field(default_factory=list)
    end: str = ""

    @property
    def is_space(self) -> bool:
        return self.kind is Kind.SPACE

    @property
    def is_block(self) -> bool:
        """Whether white space before and after it is not shown."""
        return self.kind in {Kind.ELEMENT, Kind.VOID, Kind.VERBATIM} and self.name in BLOCKS

    @property
    def is_language(self) -> bool:
        return self.kind in {Kind.OUTPUT, Kind.STATEMENT, Kind.BODY}

    @property
    def stands_alone(self) -> bool:
        """Keeps the line that its writer gave it."""
        return self.kind in {Kind.COMMENT, Kind.STATEMENT, Kind.BODY}


class Unbalanced(ValueError):
    pass


# ------------------------------------------------------------------ reading


def tokens(source: str) -> Iterator[tuple[str, str]]:
    at = 0
    for match in TOKEN.finditer(source):
        yield "text", source[at : match.start()]
        yield str(match.lastgroup if match.lastgroup != "name" else "verbatim"), match.group()
        at = match.end()
    yield "text", source[at:]


def read(source: str) -> list[Piece]:
    root = Piece(Kind.ELEMENT, "", parts=[Part("")])
    open_ones = [root]

    def begin(piece: Piece) -> None:
        piece.parts.append(Part(piece.text))
        open_ones[-1].parts[-1].inside.append(piece)
        open_ones.append(piece)

    def close(kind: Kind, name: str, text: str) -> None:
        last = open_ones.pop()
        if last.kind is not kind or last.name != name:
            raise Unbalanced(f"{text} closes {last.text or 'nothing'}")
        last.end = text

    for group, text in tokens(source):
        here = open_ones[-1].parts[-1].inside
        if group == "text":
            here += [
                Piece(Kind.SPACE if word.isspace() else Kind.WORD, word) for word in re.split(r"(\s+)", text) if word
            ]
        elif group == "statement":
            name = re.match(r"\{%-?\s*(\w+)", text)[1]  # type: ignore[index]
            if name in PAIRS or (name == "set" and "=" not in text):
                begin(Piece(Kind.BODY, text, name))
            elif name in {"else", "elif"}:
                open_ones[-1].parts.append(Part(text))
            elif name.startswith("end"):
                close(Kind.BODY, name.removeprefix("end"), text)
            else:
                here.append(Piece(Kind.STATEMENT, text, name))
        elif group == "tag":
            name = re.match(r"</?([\w-]+)", text)[1].lower()  # type: ignore[index]
            if text.startswith("</"):
                close(Kind.ELEMENT, name, text)
            elif name in WITHOUT_END or text.endswith("/>"):
                here.append(Piece(Kind.VOID, text, name))
            else:
                begin(Piece(Kind.ELEMENT, text, name))
        else:
            name = re.match(r"<(\w*)", text)[1] if group == "verbatim" else ""  # type: ignore[index]
            here.append(Piece(Kind[group.upper()], text, name))
    if len(open_ones) > 1:
        raise Unbalanced(f"{open_ones[-1].text} is not closed")
    return root.parts[0].inside


# ------------------------------------------------------------------ on one line


def on_one_line(text: str) -> str:
    return text if text.startswith("{#") else re.sub(r"\s*\n\s*", " ", text)


def stripped(pieces: list[Piece]) -> list[Piece]:
    first = next((number for number, piece in enumerate(pieces) if not piece.is_space), len(pieces))
    last = next((number for number in range(len(pieces), 0, -1) if not pieces[number - 1].is_space), first)
    return pieces[first:last]


def flat(piece: Piece) -> str:
    if piece.is_space:
        return " "
    if piece.kind in {Kind.WORD, Kind.VERBATIM}:
        return piece.text
    if not piece.parts:
        return on_one_line(piece.text)
    inside = "".join(on_one_line(part.head) + flat_inside(piece, part) for part in piece.parts)
    return inside + piece.end


def flat_inside(piece: Piece, part: Part) -> str:
    pieces = stripped(part.inside) if piece.is_block else part.inside
    shown = ""
    for number, each in enumerate(pieces):
        beside = pieces[max(number - 1, 0) : number + 2]
        if each.is_space and any(other.is_block for other in beside):
            continue
        shown += flat(each)
    return shown


def needs_lines(piece: Piece) -> bool:
    """It holds blocks or statements that its writer set on lines of their own."""
    if not piece.parts:
        return "\n" in piece.text and piece.kind in {Kind.COMMENT, Kind.VERBATIM}
    for part in piece.parts:
        broken = any(each.is_space and "\n" in each.text for each in part.inside)
        own = any(each.is_block or each.kind in {Kind.STATEMENT, Kind.BODY} for each in part.inside)
        if (broken and own) or any(needs_lines(each) for each in part.inside):
            return True
    return False


# ------------------------------------------------------------------ on several lines


def end_of(text: str) -> int:
    return len(text.rpartition("\n")[2])


def broken_tag(text: str, indent: str, start: int = 0) -> str:
    """A tag filled to the width, an attribute whole."""
    words, depth = [""], 0
    for match in IN_TAG.finditer(text):
        token = match.group()
        if token.isspace() and depth == 0:
            words.append("")
        else:
            words[-1] += " " if token.isspace() else token
            depth += len(re.findall(r"\{%-?\s*(?:if|for)\b", token)) - len(
                re.findall(r"\{%-?\s*end(?:if|for)\b", token)
            )
    lines, at = [words[0]], start or len(indent)
    for word in words[1:]:
        if at + end_of(lines[-1]) + 1 + len(word) > WIDTH:
            lines.append(f"{indent}  {word}")
            at = 0
        else:
            lines[-1] += f" {word}"
    return "\n".join(lines)


def last_attribute_below(text: str, indent: str) -> str:
    at, cut = 0, -1
    for match in IN_TAG.finditer(text):
        at = match.end()
        cut = match.start() if match.group().isspace() else cut
    return text if cut < 0 or at == cut else f"{text[:cut]}\n{indent}  {text[cut + 1 :]}"


def broken_expression(text: str, indent: str) -> str:
    """A statement or value, broken behind commas, then before the words that join expressions."""
    if text.startswith("{#"):
        return text
    pieces = [piece for piece in re.findall(r"(?:\"[^\"]*\"|'[^']*'|[^,\"'])*(?:,|$)", text) if piece]
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if len(indent) + len(lines[-1]) + len(piece) > WIDTH:
            lines[-1] = lines[-1].rstrip()
            lines.append("  " + piece.lstrip())
        else:
            lines[-1] += piece
    shown = []
    for line in lines:
        while len(indent) + len(line) > MOST:
            outside = re.sub(r"\"[^\"]*\"|'[^']*'", lambda match: "x" * len(match.group()), line)
            joints = [match.start() for match in JOINT.finditer(outside, 0, WIDTH - len(indent))]
            if not joints or not line[: joints[-1]].strip():
                break
            shown.append(line[: joints[-1]])
            line = "    " + line[joints[-1] + 1 :]
        shown.append(line)
    return f"\n{indent}".join(shown)


def dash_before(text: str) -> str:
    return text if text[2] == "-" else f"{text[:2]}-{text[2:]}"


def dash_behind(text: str) -> str:
    return text if text[-3] == "-" else f"{text[:-2]}-{text[-2:]}"


def laid_out(piece: Piece, indent: str) -> str:
    """The first line without its indent, which stands already."""
    line = flat(piece)
    if piece.kind in {Kind.WORD, Kind.VERBATIM} or (not needs_lines(piece) and len(indent) + len(line) <= WIDTH):
        return line
    if piece.kind is Kind.VOID:
        return broken_tag(line, indent)
    if not piece.parts:
        return line if len(indent) + len(line) <= WIDTH else broken_expression(line, indent)
    return element(piece, indent) if piece.kind is Kind.ELEMENT else statement(piece, indent)


def element(piece: Piece, indent: str) -> str:
    head, inside = on_one_line(piece.text), piece.parts[0].inside
    if len(indent) + len(head) > WIDTH:
        head = broken_tag(head, indent)
    if piece.is_block:
        body = filled(stripped(inside), f"{indent}  ")
        return f"{head}\n{body}\n{indent}{piece.end}" if body.strip() else head + piece.end
    # In the middle of a sentence: no white space may come at its edges.
    if not needs_lines(piece):
        words = flat_inside(piece, piece.parts[0])
        for each in (head, last_attribute_below(head, indent) if "\n" not in head else head):
            begin = len(indent) if "\n" not in each else 0
            if begin + end_of(each) + len(words) + len(piece.end) <= MOST:
                return each + words + piece.end
    begin = len(indent) if "\n" not in head else 0
    body = filled(inside, f"{indent}  ", start=begin + end_of(head))
    return head + body + piece.end


def statement(piece: Piece, indent: str) -> str:
    shown, was_glued = "", False
    for part in piece.parts:
        head, inside = on_one_line(part.head), part.inside
        first, last = (inside[0], inside[-1]) if inside else (None, None)
        if was_glued:
            head = dash_before(head)
        if first and not (first.is_space or first.is_block):
            head = dash_behind(head)
        was_glued = bool(last and not (last.is_space or last.is_block))
        shown += head if len(indent) + len(head) <= WIDTH else broken_expression(head, indent)
        body = filled(stripped(inside), f"{indent}  ")
        shown += (f"\n{body}" if body.strip() else "") + f"\n{indent}"
    return shown + (dash_before(piece.end) if was_glued else piece.end)


class Gap(Enum):
    """What stands between two pieces."""

    NONE = "nothing"
    SPACE = "a space or a break, as it fits"
    BREAK = "a break"
    EMPTY_LINE = "an empty line"


def gap_between(before: Piece, space: str | None, after: Piece, is_top: bool) -> Gap:
    if before.is_block or after.is_block:
        gap = Gap.BREAK
    elif space is None:
        return Gap.NONE
    elif "\n" in space and (before.stands_alone or after.stands_alone or before.kind is after.kind is Kind.OUTPUT):
        gap = Gap.BREAK
    else:
        return Gap.SPACE
    return Gap.EMPTY_LINE if is_top and space and space.count("\n") > 1 else gap


def with_gaps(pieces: list[Piece], is_top: bool) -> list[tuple[Gap, Piece]]:
    found: list[tuple[Gap, Piece]] = []
    space: str | None = None
    for piece in pieces:
        if piece.is_space:
            space = piece.text
            continue
        found.append((gap_between(found[-1][1], space, piece, is_top) if found else Gap.NONE, piece))
        space = None
    return found


def filled(pieces: list[Piece], indent: str, *, start: int | None = None) -> str:
    """Pieces one after another, a line filled before the next is begun. With `start`, the first line has begun already."""
    items = with_gaps(pieces, is_top=not indent)
    text = "" if start is not None else indent
    if start is not None and pieces and pieces[0].is_space:
        text = f"\n{indent}"

    def column() -> int:
        return end_of(text) + (start if start is not None and "\n" not in text else 0)

    def fits(piece: Piece, at: int, rest: int) -> bool:
        return not needs_lines(piece) and at + len(flat(piece)) + rest <= WIDTH

    for number, (gap, piece) in enumerate(items):
        rest = hanging_on(items[number + 1 :])
        if number == 0:
            text += flat(piece) if fits(piece, len(indent), rest) else laid_out(piece, indent)
        elif gap is Gap.SPACE and fits(piece, column() + 1, rest):
            text += " " + flat(piece)
        elif gap is not Gap.NONE:
            text = text.rstrip(" ") + ("\n\n" if gap is Gap.EMPTY_LINE else "\n") + indent
            room = rest if gap is not Gap.SPACE else 0
            text += flat(piece) if fits(piece, len(indent), room) else laid_out(piece, indent)
        elif not needs_lines(piece) and column() + len(flat(piece)) + min(rest, 20) <= MOST - 8:
            text += flat(piece)
        else:
            text = glued(text, items[number - 1][1], piece, indent, column())
    if start is not None and pieces and pieces[-1].is_space:
        text += " "
    return text


def hanging_on(items: list[tuple[Gap, Piece]]) -> int:
    """The length of what follows without white space."""
    length = 0
    for gap, piece in items:
        if gap is not Gap.NONE or (piece.kind is Kind.BODY and len(flat(piece)) > 60):
            break
        length += len(flat(piece))
    return length


def glued(text: str, before: Piece, piece: Piece, indent: str, column: int) -> str:
    """What may not be parted from the piece before, and does not fit on its line."""
    if piece.is_language:
        return f"{text.rstrip(' ')}\n{indent}{dash_before(laid_out(piece, indent))}"
    if before.is_language and text.endswith(("%}", "}}")):
        return f"{dash_behind(text)}\n{indent}{laid_out(piece, indent)}"
    head, _, attributes = on_one_line(piece.text).partition(" ")
    if attributes and not needs_lines(piece) and column + len(flat(piece)) > MOST:
        rest = flat(piece)[len(on_one_line(piece.text)) :]
        return f"{text}{head}\n{indent}  {broken_tag(attributes, indent + '  ')}{rest}"
    return text + laid_out(piece, indent)


def formatted(source: str) -> str:
    return filled(stripped(read(source)), "") + "\n"


def main(words: list[str]) -> int:
    wrong = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        source = path.read_text()
        text = formatted(source)
        name = path.relative_to(TEMPLATES)
        wrong += [
            f"{name}:{number}: over {MOST}" for number, line in enumerate(text.split("\n"), 1) if len(line) > MOST
        ]
        if text != source:
            wrong += [f"{name}: laid out otherwise"] if "--check" in words else []
            if "--check" not in words:
                path.write_text(text)
    print("\n".join(wrong) or "Every template is laid out.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
