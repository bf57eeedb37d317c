"""In which language a text is written, when it says so beyond doubt.

By its script where one language has the script to itself, else by the small words that no text
goes without. Whoever is in doubt says nothing: a wrong language hides a post from its readers.
"""

import re
from collections import Counter

from fedi.kit.text_compose import find_spans

SHORTEST = 20
_LONGEST = 4000
_WORD = re.compile(r"[^\W\d_]+")

# Scripts in which one language is written nearly always; kana before the characters it goes with.
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("ka", re.compile("[\u10a0-\u10ff]")),
    ("hy", re.compile("[\u0530-\u058f]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
    ("te", re.compile("[\u0c00-\u0c7f]")),
    ("ml", re.compile("[\u0d00-\u0d7f]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
)
# Letters that only one of the two has.
_RUSSIAN = re.compile("[\u044a\u044b\u044d\u0451]")
_UKRAINIAN = re.compile("[\u0454\u0456\u0457\u0491]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_WORDS = {
    "en": "the and is that it of to you with for was this have are not but they what all when at",
    "de": "der die das und ist nicht ich ein eine mit auf für es zu den auch wir sich noch wie",
    "fr": "le la les des et est pas je une du que qui dans pour sur nous avec ce mais c",
    "es": "el los las y es que una por con para no lo como pero más muy del se está yo",
    "it": "il di che è e non una per sono del con gli mi anche più questo della ma come un",
    "pt": "o os as e é que não uma um por com para do da mais em eu se mas muito está",
    "nl": "de het een en is van niet ik dat op te zijn met voor er maar ook naar wat aan",
    "sv": "och det att är jag inte en som på med för av har den till om men vi så",
    "da": "og det at er jeg ikke en som på med for af har den til men vi så de hvad",
    "pl": "i nie to w na się jest z do że jak ale co po tak ja o mnie dla jestem",
    "fi": "ja on ei se että olen mutta oli kun niin ole myös minun nyt kuin hän tämä mitä",
    "tr": "ve bir bu çok da de ne için ama ben var daha gibi kadar sonra olarak değil her",
    "cs": "a je se na v že to s z do jsem jak ale tak jsou si co by pro po",
    "eo": "la kaj estas mi ne de en al ke vi pri sed por kun tio kiel li ĉi kiu mia",
}
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _text in _WORDS.items():
    for _word in _text.split():
        _LANGUAGES_OF.setdefault(_word, []).append(_language)


def detect_language(text: str) -> str | None:
    """The language of a text without its links, names and tags; None when in doubt."""
    plain = _prose(text[:_LONGEST])
    words = [word.lower() for word in _WORD.findall(plain)]
    letters = sum(len(word) for word in words)
    if letters == 0:
        return None
    by_script = _by_script(plain, letters)
    if by_script:
        # These scripts say more with fewer letters.
        return by_script if letters >= SHORTEST // 2 else None
    return _by_words(words) if len(plain.strip()) >= SHORTEST else None


def _prose(text: str) -> str:
    parts: list[str] = []
    at = 0
    for start, end in find_spans(text):
        parts.append(text[at:start])
        at = end
    parts.append(text[at:])
    return " ".join(parts)


def _by_script(text: str, letters: int) -> str | None:
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS}
    if counts["ja"] and (counts["ja"] + counts["zh"]) * 2 > letters:
        # Chinese never has kana; Japanese is half made of Chinese characters.
        return "ja" if counts["ja"] * 8 > counts["zh"] else None
    if len(_CYRILLIC.findall(text)) * 4 > letters * 3:
        return _cyrillic(text.lower())
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] * 4 > letters * 3 else None


def _cyrillic(text: str) -> str | None:
    is_russian, is_ukrainian = bool(_RUSSIAN.search(text)), bool(_UKRAINIAN.search(text))
    if is_russian == is_ukrainian:
        return None
    return "ru" if is_russian else "uk"


def _by_words(words: list[str]) -> str | None:
    """The language whose small words there are most of: enough of them, and by far."""
    votes: Counter[str] = Counter()
    for word in words:
        votes.update(_LANGUAGES_OF.get(word, ()))
    ranked = votes.most_common(2)
    if not ranked:
        return None
    language, most = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0
    is_clear = most >= 2 and most * 6 >= len(words) and most >= second * 1.5
    return language if is_clear else None
