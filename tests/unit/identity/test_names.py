"""Names: what counts as the same writing, what is only near, and what survives."""

from __future__ import annotations

import pyarrow as pa
import pytest

from connectors.warehouse import open_work
from identity import names


def _compared(*texts: str) -> list[str | None]:
    con = open_work()
    con.register("people", pa.table({"name": list(texts)}))
    found = con.execute(f"select {names.comparison_sql('name')} as form from people").fetchall()
    return [form for (form,) in found]


def _shape(text: str) -> str:
    con = open_work()
    row = con.execute(f"select {names.shape_sql('?')}", [text]).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize(
    "variant",
    [
        "张三", "张 三", "张　三", "张三（户主）", "张三(户主)", "张三[已故]", "張三", "张三先生", "张三*",
        "'张三", "张三\u200b",
    ],
)  # fmt: skip
def test_ways_of_writing_a_name_compare_equal(variant: str) -> None:
    assert _compared(variant) == ["张三"]


@pytest.mark.parametrize("dot", list("·•・．‧.｡∙･"))
def test_dots_between_parts_of_a_name_compare_equal(dot: str) -> None:
    assert _compared(f"阿合{dot}测丙") == ["阿合测丙"]


@pytest.mark.parametrize(("traditional", "simplified"), [("劉國華", "刘国华"), ("趙麗穎", "赵丽颖")])
def test_traditional_writing_compares_equal(traditional: str, simplified: str) -> None:
    assert _compared(traditional, simplified) == [simplified, simplified]


def test_a_character_that_is_also_standard_keeps_its_own_form() -> None:
    assert _compared("王乾", "王干") == ["王乾", "王干"]


def test_a_title_is_not_cut_from_a_name_that_would_be_too_short() -> None:
    assert _compared("王先生", "老师", "欧阳老师") == ["王先生", "老师", "欧阳"]


def test_rare_and_four_byte_characters_survive() -> None:
    assert _compared("𬱖𠀀", "测㛃", "𬱖𠀀（户主）") == ["𬱖𠀀", "测㛃", "𬱖𠀀"]
    assert names.sound("测\U0002ffff") == "ce \U0002ffff"


@pytest.mark.parametrize(("one", "other"), [("张伟", "章伟"), ("李丽", "礼丽"), ("吕", "旅"), ("王芳", "汪方")])
def test_homophones_sound_alike_and_are_not_equal(one: str, other: str) -> None:
    assert names.sound(one) == names.sound(other)
    first, second = _compared(one, other)
    assert first != second


@pytest.mark.parametrize(("one", "other"), [("王末", "王未"), ("己", "巳"), ("陈明", "陈朋"), ("侯玉", "候王")])
def test_look_alikes_share_a_shape_and_are_not_equal(one: str, other: str) -> None:
    assert _shape(one) == _shape(other)
    first, second = _compared(one, other)
    assert first != second


def test_different_names_are_neither_equal_nor_near() -> None:
    assert names.sound("张伟") != names.sound("张强")
    assert _shape("张伟") != _shape("张强")
    assert names.sound("林") != names.sound("灵")


def test_tables_hold_each_character_once() -> None:
    assert len(names.simplified_of()) > 2_000
    assert not set(names.simplified_of()) & set(names.simplified_of().values())
    members = [character for group in names._forms()["look_alikes"].split() for character in group]
    assert len(members) == len(set(members))
