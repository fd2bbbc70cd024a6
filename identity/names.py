"""Names for comparison only: one normal form, and two weaker forms in which names that are *near* each other agree.

Data in: names as they were sent. Data out: SQL for the comparison form and the shape form; the sound of a name.
Equal comparison forms mean the same writing; an equal shape (look-alikes) or sound (homophones) is a reason to ask an
officer and never more. The original is always what is shown: nothing here replaces it, and characters beyond the first
plane of Unicode pass through untouched.
Not here: the ``name_norm`` of intake, which is the cleaned name in the same writing (connectors/intake/name_forms.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import yaml

from connectors.intake.name_forms import SHORTEST, simplified_of, title_pattern

_FORMS = Path(__file__).with_name("han_forms.yaml")
_NOISE = r"[\s\p{Z}\p{Cf}·•・‧．.｡。∙⋅･ㆍ''`*＊_\-]"
_NOTE = r"[（(【\[].*$"
_TONE_MARK = 0x0300, 0x036F
_UMLAUT = "\u0308"


@lru_cache(maxsize=1)
def look_alikes() -> dict[str, str]:
    """Character → the one that stands for its group of look-alikes."""
    return {member: group[0] for group in _forms()["look_alikes"].split() for member in group[1:]}


@lru_cache(maxsize=1)
def _forms() -> dict[str, str]:
    forms: dict[str, str] = yaml.safe_load(_FORMS.read_text(encoding="utf-8"))
    return forms


def comparison_sql(name: str) -> str:
    """The comparison form of a name; null stays null. Needs ``nfkc()``."""
    plain = f"regexp_replace(upper(nfkc({name})), '{_NOTE}', '')"
    bare = f"regexp_replace({plain}, '{_NOISE}', '', 'g')"
    cut = f"regexp_replace({bare}, '(.{{{SHORTEST},}}?){title_pattern()}', '\\1')"
    # Translating by so long a table is slow and hardly ever needed: a pattern finds the names that need it.
    has_traditional = f"regexp_matches(nfkc({name}), '[{''.join(simplified_of())}]')"
    return f"nullif(case when {has_traditional} then {_translate(cut, simplified_of())} else {cut} end, '')"


def shape_sql(compared: str) -> str:
    """The shape form of a comparison form: look-alikes are one."""
    return _translate(compared, look_alikes())


def sound(compared: str) -> str:
    """How a comparison form sounds: toneless syllables; a character without a known sound stands for itself."""
    return " ".join(_syllable(character) for character in compared)


def sounds(names: Iterable[str]) -> dict[str, str]:
    """The sound of every name."""
    return {name: sound(name) for name in names}


@lru_cache(maxsize=50_000)
def _syllable(character: str) -> str:
    from pypinyin.pinyin_dict import pinyin_dict

    readings = pinyin_dict.get(ord(character))
    if readings is None:
        return character
    return toneless(readings.split(",")[0])


def toneless(syllable: str) -> str:
    """``lǚ`` → ``lv``, ``zhāng`` → ``zhang``; final -ng and -n are told apart."""
    low, high = _TONE_MARK
    parts = unicodedata.normalize("NFD", syllable).replace("u" + _UMLAUT, "v")
    return re.sub("[^a-zê]", "", "".join(part for part in parts if not low <= ord(part) <= high))


def _translate(text: str, table: dict[str, str]) -> str:
    return f"translate({text}, '{''.join(table)}', '{''.join(table.values())}')"
