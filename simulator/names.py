"""Synthetic names of people and places.

Data in: ordinal numbers. Data out: Chinese words that belong to nobody.
Not here: which person lives where, and how departments misspell a name.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

_SURNAMES = tuple(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛范彭郎鲁韦马苗花方俞任袁柳"
    "鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅皮卞齐康伍余顾孟黄穆萧尹"
)
_DOTTED = ("阿合·", "古丽·", "巴特·", "艾山·")
_SURNAME_WORDS = (*_SURNAMES, *_DOTTED)
_FIRST = tuple(
    "建国明华文志永德春秋海玉秀兰桂英丽红军勇强伟杰平安福贵长顺金银宝珍淑芳素芬云霞雪梅荷菊松林柏川江河岭峰山石田"
)
_SECOND = (
    "",
    *tuple("生才发旺兴荣昌盛喜庆祥和仁义礼智信忠孝良善美佳慧敏静娟娜婷艳燕凤莲莉萍琴琼瑶瑞琪琳珊珠璐晨晖晓星月光亮"),
)

NAME_SPACE = len(_SURNAME_WORDS) * len(_FIRST) * len(_SECOND)
"""How many different names exist."""
_STRIDE = 104_729
"""A prime that does not divide the name space: walking by it visits every name once."""

MOST_IN_A_VILLAGE = 20_000
"""People of one village have lower ordinals than this, so that the names of higher ones are free."""
_VILLAGE_STEP = 7_919
_BACK = pow(_STRIDE, -1, NAME_SPACE)

_PLACE_FIRST = tuple(
    "东西南北上下前后大小新老青白红黄高长双三石金银云龙凤松柏桃柳清明安宁永兴福瑞和顺太平广丰"
    "朝阳临望文武富贵荣昌吉庆祥仁义梧桐杏梅竹莲"
)
_PLACE_SECOND = tuple("河湾沟坪岭坡塬梁峪岔滩洼塘泉井桥店坝岩崖峰谷原园林堡寨关口铺沙水涧溪潭垭坎垄台")


def person_names(village: IntArray, ordinal: IntArray) -> pa.StringArray:
    """Name of the ``ordinal``-th person of each village; unique inside a village while ordinal < NAME_SPACE."""
    number = (ordinal * _STRIDE + village * _VILLAGE_STEP) % NAME_SPACE
    return _spelt(number)


def _spelt(number: IntArray) -> pa.StringArray:
    surname, rest = number % len(_SURNAME_WORDS), number // len(_SURNAME_WORDS)
    first, second = rest % len(_FIRST), rest // len(_FIRST)
    return pc.binary_join_element_wise(
        pa.array(_SURNAME_WORDS).take(pa.array(surname)),
        pa.array(_FIRST).take(pa.array(first)),
        pa.array(_SECOND).take(pa.array(second)),
        "",
    )


def like_names(village: IntArray, ordinal: IntArray) -> list[str | None]:
    """A name that differs in its last character only and that nobody of the village bears; None if there is none."""
    number = (ordinal * _STRIDE + village * _VILLAGE_STEP) % NAME_SPACE
    stem = len(_SURNAME_WORDS) * len(_FIRST)
    found = np.full(len(number), -1, dtype=np.int64)
    for step in range(1, len(_SECOND)):
        other = number % stem + stem * ((number // stem + step) % len(_SECOND))
        is_free = (other - village * _VILLAGE_STEP) % NAME_SPACE * _BACK % NAME_SPACE >= MOST_IN_A_VILLAGE
        found = np.where((found < 0) & is_free & (other >= stem), other, found)
    names = _spelt(np.maximum(found, 0)).to_pylist()
    return [name if place >= 0 else None for name, place in zip(names, found.tolist(), strict=True)]


def place_names(count: int) -> list[str]:
    """``count`` different two-character place names, unlike each other also when 村, 镇 or 乡 is cut off."""
    space = len(_PLACE_FIRST) * len(_PLACE_SECOND)
    if count > space:
        raise ValueError(f"at most {space} places can be named, {count} were asked for")
    step = 1_009
    numbers = [(i * step) % space for i in range(count)]
    return [_PLACE_FIRST[n % len(_PLACE_FIRST)] + _PLACE_SECOND[n // len(_PLACE_FIRST)] for n in numbers]
