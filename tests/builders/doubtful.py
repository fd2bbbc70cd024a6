"""A register with look-alike people, and rows about them whose ids were damaged in known ways.

Data in: how many households, and a seed. Data out: both sides in the form of identity.candidates, and the truth.
People who are easily mixed up are there on purpose: namesakes in one village, fathers and sons with like names, twins
born on one day with neighbouring ids.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from connectors.intake.cell_ids import check_digit

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.warehouse import Connection

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "建国明华文志永德春海玉秀兰桂英丽红军强伟杰平安福贵长顺银宝珍淑芳素云霞雪梅荷菊松林柏川江岭峰"
_HOMOPHONES = {"张": "章", "李": "礼", "王": "汪", "明": "名", "华": "花", "丽": "莉", "伟": "玮", "江": "姜"}
_SHAPES = {"王": "玉", "陈": "阵", "周": "用", "明": "朋", "林": "材", "海": "梅", "何": "河", "平": "苹"}


@dataclass(frozen=True)
class Person:
    """One person of the register."""

    uid: str
    household: str
    name: str
    id_no: str
    village: str
    sex: str

    @property
    def birth(self) -> str:
        """YYYYMMDD."""
        return self.id_no[6:14]


def register(households: int, seed: int = 4) -> list[Person]:
    """Households of four, 60 to a village: father, mother, two children; some children are twins."""
    chooser = random.Random(seed)
    taken: set[str] = set()
    people = []

    def number(born: date, sex: str, near: str | None = None) -> str:
        while True:
            sequence = int(near[14:17]) + 2 if near else chooser.randrange(500) * 2 + (sex == "1")
            body = f"610099{born:%Y%m%d}{sequence % 1000:03d}"
            near = None
            if body not in taken:
                taken.add(body)
                return body + check_digit(body)

    def given() -> str:
        return chooser.choice(_GIVEN) + (chooser.choice(_GIVEN) if chooser.random() < 0.7 else "")

    for place in range(households):
        village = f"610099{101 + place // 600 % 800:03d}{201 + place // 60 % 10:03d}"
        household = f"6100990{place:06d}"
        surname, first = chooser.choice(_SURNAMES), chooser.choice(_GIVEN)
        father_born = date(1950, 1, 1) + timedelta(days=chooser.randrange(9_000))
        child_born = father_born + timedelta(days=9_500 + chooser.randrange(3_000))
        is_twins = chooser.random() < 0.1
        second_born = child_born if is_twins else child_born + timedelta(days=400 + chooser.randrange(1_500))
        names = [surname + first + chooser.choice(_GIVEN), chooser.choice(_SURNAMES) + given()]
        names += [surname + first + chooser.choice(_GIVEN), surname + given()]
        if people and chooser.random() < 0.05:
            names[0] = people[-4].name
        numbers = [number(father_born, "1"), number(father_born + timedelta(days=300), "2"), number(child_born, "1")]
        numbers.append(number(second_born, "1", numbers[2] if is_twins else None))
        for member, (name, id_no, sex) in enumerate(zip(names, numbers, "1211", strict=True)):
            people.append(Person(f"P{place:06d}{member}", household, name, id_no, village, sex))
    return people


def _digit(id_no: str, chooser: random.Random) -> str:
    at = chooser.randrange(17)
    return id_no[:at] + str((int(id_no[at]) + chooser.randrange(1, 10)) % 10) + id_no[at + 1 :]


def _swapped(id_no: str, chooser: random.Random) -> str:
    places = [at for at in range(6, 16) if id_no[at] != id_no[at + 1]]
    at = chooser.choice(places)
    return id_no[:at] + id_no[at + 1] + id_no[at] + id_no[at + 2 :]


def _rounded(id_no: str, chooser: random.Random) -> str:
    del chooser
    return f"{float(int(id_no[:17] + '0')):.0f}"


DAMAGE: dict[str, Callable[[str, random.Random], str | None]] = {
    "zeros after digit 15": lambda id_no, _: id_no[:15] + "000",
    "float rounding": _rounded,
    "one digit wrong": _digit,
    "two swapped": _swapped,
    "one digit missing": lambda id_no, chooser: (at := chooser.randrange(17)) and id_no[:at] + id_no[at + 1 :],
    "15 digits of a later birth": lambda id_no, _: id_no[:6] + id_no[8:17],
    "missing": lambda *_: None,
}


def row_of(person: Person, kind: str, kin: list[Person], chooser: random.Random) -> dict[str, object]:
    """A row about ``person`` with a damaged id, sometimes also with a variant of the name or without number."""
    if kind == "birth of another of the household":
        other = chooser.choice([one for one in kin if one.birth != person.birth])
        id_no: str | None = person.id_no[:6] + other.birth + person.id_no[14:]
    else:
        id_no = DAMAGE[kind](person.id_no, chooser) or None
    name, luck = person.name, chooser.random()
    tables = (_HOMOPHONES, _SHAPES)
    if luck < 0.10:
        table = tables[chooser.randrange(2)]
        name = "".join(table.get(character, character) for character in name)
    elif luck < 0.15:
        name += "(户主)"
    return {
        "name": name,
        "id": id_no,
        "birth": None,
        "village": person.village if chooser.random() < 0.97 else None,
        "hh_no": person.household if chooser.random() < 0.4 else None,
        "sex": person.sex if chooser.random() < 0.7 else None,
    }


KINDS = (*DAMAGE, "birth of another of the household")


def install(con: Connection, people: list[Person], rows: dict[str, dict[str, object]]) -> None:
    """Tables ``src_people`` and ``src_rows`` in the form that identity.matching.prepare takes."""
    kin: dict[str, list[Person]] = {}
    for person in people:
        kin.setdefault(person.household, []).append(person)
    left = [
        {
            "unique_id": person.uid, "name": person.name, "id": person.id_no, "village": person.village,
            "id_births": sorted({one.birth for one in kin[person.household]} - {person.birth}),
            "birth": person.birth, "hh_no": person.household, "sex": person.sex,
        }
        for person in people
    ]  # fmt: skip
    right = [{"unique_id": name, "id_births": [], **row} for name, row in rows.items()]
    texts = ("unique_id", "name", "id", "birth", "village", "hh_no", "sex")
    schema = pa.schema([*((text, pa.string()) for text in texts), ("id_births", pa.list_(pa.string()))])
    for table, content in (("src_people", left), ("src_rows", right)):
        con.register("content", pa.Table.from_pylist(content, schema=schema))
        con.execute(f"create or replace table {table} as select * from content")
        con.unregister("content")
