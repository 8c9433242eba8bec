"""Makes encyclopedic articles look like the pages of a wiki's dump: markup, links, and the XML around them.

The articles are those of wikitext-2, whose text is cut into tokens and has lost its markup. What is put around them
(users, addresses, comments, identifiers) is invented; link targets are words of the article itself.
"""

import html
import re
from collections.abc import Callable
from random import Random
from typing import NamedTuple

LANGUAGES = "ar bg cs da de eo es fi fr he hu it ja ko la nl no pl pt ro ru simple sl sv tr uk zh".split()
USERS = ["A. Writer", "Anna K", "Example user", "Gardener", "LinkBot", "Old Harry", "Page bot", "Reader42", "T. Editor"]
COMMENTS = [
    *(
        "/* External links */",
        "/* History */",
        "/* See also */ link",
        "/* References */ spelling",
        "category",
        "format",
    ),
    *("clarified", "moved a paragraph", "new link", "reverted", "spelling"),
]
NOTICES = ["otheruses", "disambig", "stub", "cleanup", "NPOV"]
DOMAINS = ["com", "edu", "gov", "net", "org"]

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_HEADING = re.compile(r"^(=(?: =)*) (.*?) (?:=(?: =)*)$")


class Article(NamedTuple):
    """A title, and a text with headings between equals signs."""

    title: str
    body: str


def read_articles(text: str) -> list[Article]:
    """The articles of a file of wikitext-2."""
    parts = re.split(r"\n = ([^=].*?) = \n", text)
    return [
        Article(join_tokens(a).strip(), join_tokens(b).strip()) for a, b in zip(parts[1::2], parts[2::2], strict=True)
    ]


def join_tokens(text: str) -> str:
    """Undoes the spaces that wikitext-2 puts around punctuation."""
    for token, joined in ((" @-@ ", "-"), (" @,@ ", ","), (" @.@ ", "."), (" <unk>", " ")):
        text = text.replace(token, joined)
    text = re.sub(r" ([,.;:!?%)\]])", r"\1", text)
    text = re.sub(r"([(\[$£]) ", r"\1", text)
    text = re.sub(r" '(s|re|ve|ll|d|m|t)\b", r"'\1", text).replace(" n't", "n't").replace(" ' ", "' ")
    marks = [' "', '" ']
    parts = re.split(r'( ?" ?)', text)
    for number, place in enumerate(range(1, len(parts), 2)):
        parts[place] = marks[number % 2]
    text = re.sub(r"  +", " ", "".join(parts))
    return re.sub(r'" ([,.;:!?)])', r'"\1', text)


def page(article: Article, number: int, chance: Random) -> str:
    """An article as a page of a dump; another `chance` gives other links and another history."""
    text = html.escape(_markup(article, chance), quote=True).replace("&#x27;", "'")
    if chance.random() < 0.25:
        contributor = "<ip>{}.{}.{}.{}</ip>".format(*(chance.randint(1, 254) for _ in range(4)))
    else:
        user, identifier = chance.choice(USERS), chance.randint(1, 900_000)
        contributor = f"<username>{user}</username>\n        <id>{identifier}</id>"
    date = f"200{chance.randint(2, 6)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    time = ":".join(f"{chance.randint(0, top):02}" for top in (23, 59, 59))
    minor = "      <minor />\n" if chance.random() < 0.3 else ""
    comment = f"      <comment>{chance.choice(COMMENTS)}</comment>\n" if chance.random() < 0.7 else ""
    return (
        f"  <page>\n    <title>{article.title}</title>\n    <id>{number}</id>\n    <revision>\n"
        f"      <id>{chance.randint(10**6, 5 * 10**7)}</id>\n      <timestamp>{date}T{time}Z</timestamp>\n"
        f"      <contributor>\n        {contributor}\n      </contributor>\n{minor}{comment}"
        f'      <text xml:space="preserve">{text}</text>\n    </revision>\n  </page>\n'
    )


def _markup(article: Article, chance: Random) -> str:
    lines: list[str] = []
    for line in filter(None, map(str.strip, article.body.split("\n"))):
        if heading := _HEADING.match(line):
            signs = "=" * ((len(heading[1]) + 1) // 2)
            space = " " * (chance.random() < 0.5)
            lines.append(f"\n{signs}{space}{heading[2]}{space}{signs}")
            continue
        linked = _link(line, chance)
        if not lines:
            linked = linked.replace(article.title, f"'''{article.title}'''", 1)
        lines.append(linked + "\n" * (chance.random() < 0.9))
        if chance.random() < 0.06:
            lines += _items(linked, article, chance)
    targets = re.findall(r"\[\[([^\]|]+)\]\]", "\n".join(lines)) or [article.title]
    text = "\n".join([*lines, *_footer(article, targets, chance)])
    if chance.random() < 0.12:
        text = f"{{{{{chance.choice([*NOTICES, f'mergefrom|{article.title}'])}}}}}\n{text}"
    return text


def _link(text: str, chance: Random) -> str:
    """A paragraph with links: dates and years, then names, then some words."""
    text = re.sub(rf"\b({_MONTHS}) (\d{{1,2}})\b", _sometimes(0.7, chance), text)
    text = re.sub(r"\b(1[0-9]{3}|20[01][0-9])\b", _sometimes(0.5, chance), text)

    def name(found: re.Match[str]) -> str:
        draw = chance.random()
        if draw < 0.45:
            return f"[[{found[0]}]]"
        return f"[[{found[0]}|{found[0].split()[-1]}]]" if draw < 0.55 else found[0]

    def word(found: re.Match[str]) -> str:
        if chance.random() >= 0.05:
            return found[0]
        if found[0].endswith("s") and chance.random() < 0.6:
            return f"[[{found[0][:-1]}]]s"
        return f"[[{found[0]}]]"

    text = re.sub(r"(?<=[a-z,] )[A-Z][a-z]+(?: (?:of |the )?[A-Z][a-z]+){0,3}", name, text)
    return re.sub(r"(?<= )[a-z]{6,12}(?: [a-z]{6,12})?(?=[ ,.])", word, text)


def _sometimes(probability: float, chance: Random) -> Callable[[re.Match[str]], str]:
    return lambda found: f"[[{found[0]}]]" if chance.random() < probability else found[0]


def _items(paragraph: str, article: Article, chance: Random) -> list[str]:
    """A list of a paragraph's links, some with a remark."""
    items = []
    for target in re.findall(r"\[\[([^\]|]+)\]\]", paragraph)[:8]:
        remark = _link(chance.choice(article.body.split(". "))[:80].strip(), chance)
        items.append(f"{chance.choice(['* ', '* ', '*'])}[[{target}]]{chance.choice(['', f' - {remark}'])}")
    return items


def _footer(article: Article, targets: list[str], chance: Random) -> list[str]:
    lines = ["\n==See also==", *(f"* [[{target}]]" for target in targets[: chance.randint(1, 5)])]
    if chance.random() < 0.7:
        lines.append("\n==External links==")
        for _ in range(chance.randint(1, 4)):
            site = re.sub("[^a-z]", "", chance.choice(targets).lower()) or "site"
            lines.append(f"*[http://www.{site}.{chance.choice(DOMAINS)}/ {chance.choice(targets)}]")
    lines += ["", *(f"[[Category:{target}]]" for target in targets[-chance.randint(1, 4) :])]
    if chance.random() < 0.8:
        lines += [
            "",
            *(
                f"[[{language}:{article.title}]]"
                for language in sorted(chance.sample(LANGUAGES, chance.randint(1, 12)))
            ),
        ]
    return lines
