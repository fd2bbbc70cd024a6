"""How ids and names go wrong on their way into a list: pure functions of the right text.

Data in: a right id or name, a random generator. Data out: the damaged text.
Not here: which row suffers it and what follows (corruptions_identity*.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from simulator.ids import check_characters

Damage = Callable[[str, Sequence[str], np.random.Generator], list[str]]
"""(the right id, ids of the others of the household, a generator) → damaged texts, the wanted one first."""

_WHOLE, _BODY, _SHORT_AT, _SEX_AT = 18, 17, 15, 16
_BIRTH = slice(6, 14)
_DIGITS = "0123456789"


def is_right(id_no: str) -> bool:
    """Whether a text of 18 characters has the check character of its first 17 digits."""
    body = id_no[:_BODY]
    if len(id_no) != _WHOLE or not body.isdigit():
        return False
    return str(check_characters(np.array([int(body)]))[0].as_py()) == id_no[_BODY]


def zeros(id_no: str, kin: Sequence[str], rng: np.random.Generator) -> list[str]:
    """A spreadsheet kept 15 digits and wrote zeros for the rest."""
    del kin, rng
    return [id_no[:_SHORT_AT] + "000", id_no[:_SEX_AT] + "00"]


def rounded(id_no: str, kin: Sequence[str], rng: np.random.Generator) -> list[str]:
    """A program held the number as a float and wrote the nearest one that it can hold."""
    del kin, rng
    number = int(id_no.replace("X", "0"))
    return [f"{float(number):.0f}", f"{float(number) + 128:.0f}", f"{float(number) + 256:.0f}"]


def one_digit(id_no: str, kin: Sequence[str], rng: np.random.Generator) -> list[str]:
    """One digit was misread; the check character then never fits."""
    del kin
    at = int(rng.integers(0, _BODY))
    other = _DIGITS[(int(id_no[at]) + int(rng.integers(1, 10))) % 10]
    return [id_no[:at] + other + id_no[at + 1 :]]


def swapped(id_no: str, kin: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Two neighbouring digits changed places; the check character then hardly ever fits."""
    del kin
    places = [at for at in range(6, _SEX_AT) if id_no[at] != id_no[at + 1]]
    chosen = [places[int(turn)] for turn in rng.permutation(len(places))]
    return [id_no[:at] + id_no[at + 1] + id_no[at] + id_no[at + 2 :] for at in chosen]


def one_lost(id_no: str, kin: Sequence[str], rng: np.random.Generator) -> list[str]:
    """One digit was left out."""
    del kin
    at = int(rng.integers(6, _BODY))
    return [id_no[:at] + id_no[at + 1 :]]


def short_misread(id_no: str, kin: Sequence[str], rng: np.random.Generator) -> list[str]:
    """The 15-digit form with a month that does not exist."""
    del kin
    return [f"{id_no[:6]}{id_no[8:10]}{int(rng.integers(13, 100))}{id_no[12:_BODY]}"]


def kin_birth(id_no: str, kin: Sequence[str], rng: np.random.Generator) -> list[str]:
    """The birth date of another member of the household stands in the number."""
    del rng
    return [id_no[:6] + other[_BIRTH] + id_no[14:] for other in kin if other[_BIRTH] != id_no[_BIRTH]]


DAMAGES: Mapping[str, Damage] = {
    "zeros": zeros,
    "rounded": rounded,
    "digit": one_digit,
    "swapped": swapped,
    "lost": one_lost,
    "short_misread": short_misread,
    "kin_birth": kin_birth,
}

_SOUNDS = dict(
    zip(
        "张李王吴明华丽伟江周建国文志永玉英红军强平富长顺金珍芳芬云雪梅荷菊松林石田生",
        "章礼汪伍名花莉玮姜州健果闻致勇育樱洪君墙萍付常舜今真方纷芸血煤河局宋琳时甜声",
        strict=True,
    )
)
_SHAPES = dict(
    zip(
        "王陈周明林何平未土日曹杨汪冷千己鸟兰史石大",
        "玉阵用朋材河苹末士曰槽扬注泠干已乌三吏右太",
        strict=True,
    )
)
_TRADITIONAL = dict(
    zip(
        "赵钱孙冯陈卫蒋杨许吕张严华陶邹苏马费罗邬乐齐顾国兰丽红军强伟杰贵长顺银宝云岭义礼庆荣兴发凤莲萍",
        "趙錢孫馮陳衛蔣楊許呂張嚴華陶鄒蘇馬費羅鄔樂齊顧國蘭麗紅軍強偉傑貴長順銀寶雲嶺義禮慶榮興發鳳蓮萍",
        strict=True,
    )
)
RARE = "\U00020bb7\U0002a6f2\U0002b740\U00020c8d"
"""Characters beyond the first plane of Unicode, which take four bytes in UTF-8 and in GB18030."""
DOTS = "•・‧．."
MARKS = ("(户主)", "（已故）", "【户主】")
TITLES = ("同志", "先生", "女士")


def _replaced(name: str, table: Mapping[str, str]) -> str | None:
    """The first character that has a partner in ``table`` gives way to it; None if none has."""
    for at, character in enumerate(name):
        other = table.get(character, character)
        if other != character:
            return name[:at] + other + name[at + 1 :]
    return None


def homophone(name: str) -> str | None:
    """A character that sounds alike."""
    return _replaced(name, _SOUNDS)


def look_alike(name: str) -> str | None:
    """A character that looks alike."""
    return _replaced(name, _SHAPES)


def traditional(name: str) -> str | None:
    """The traditional form of every character that has another one."""
    written = "".join(_TRADITIONAL.get(character, character) for character in name)
    return written if written != name else None


def rare(name: str) -> str:
    """A given name with a character of four bytes."""
    return name[:-1] + RARE[ord(name[-1]) % len(RARE)]


def former(id_no: str) -> list[str]:
    """Right numbers of the same birth date and sex that nobody bears any more: no list of people gives them out."""
    bodies = [int(f"{id_no[:14]}{hundred}0{int(id_no[_SEX_AT]) % 2}") for hundred in (9, 8, 7)]
    return [
        f"{body}{check}" for body, check in zip(bodies, check_characters(np.array(bodies)).to_pylist(), strict=True)
    ]
