"""Whole files: containers, encodings, sheets, headers, nil reports, modes."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.intake import Guards
from connectors.intake.readers import decode, plain
from tests.builders.biff import build_biff
from tests.integration.intake_bench import Read, example, read, to_csv, to_xlsx

MEDICAL, PERSONS, WATER = "medical/enrolments", "registry/persons", "water/household_water"
HOUSEHOLDS, EDUCATION, RETROFITS = "registry/households", "education/enrolments", "housing/retrofits"


def refused(found: Read) -> str:
    assert found.status == "refused"
    assert len(found.reasons) == 1
    return next(iter(found.reasons))


def an_archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in files.items():
            archive.writestr(name.replace("__", "/"), body)
    return out.getvalue()


def test_a_table_of_more_columns_than_anybody_has_is_refused_with_how_to_mend_it(tmp_path: Path) -> None:
    """Whatever its container: a cell in the last column would have taken the memory of all columns before it."""
    rows = example(MEDICAL)
    stray = [rows[0], [*rows[1], *[""] * (16_384 - len(rows[1]) - 1), "x"], *rows[2:]]
    old = [rows[0], [*rows[1], *[None] * (40_000 - len(rows[1])), "x"], *rows[2:]]
    sent = (to_xlsx({"空": [], "Sheet1": stray}), "第 2 张工作表宽达 16384 列"), (to_csv(stray), "宽达 16384 列"), (
        build_biff([("Sheet1", old, True)]), "第 1 张工作表宽达 40001 列")  # fmt: skip
    for body, said in sent:
        found = read(tmp_path, MEDICAL, body)
        assert refused(found) == "F_CORRUPT"
        assert said in found.staged.result.details["F_CORRUPT"]
        assert "请删去表格右边多余的列" in found.staged.result.details["F_CORRUPT"]


@pytest.mark.parametrize("row", [0, 1])
def test_a_letter_that_ends_a_text_elsewhere_is_a_letter_in_a_damaged_workbook(tmp_path: Path, row: int) -> None:
    """A NUL, in a header of the sender's own or in a cell: no statement ends there."""
    rows = [[*each, "x"] for each in example(MEDICAL)]
    rows[row][-1] = "自\0有"
    found = read(tmp_path, MEDICAL, build_biff([("一\0表", rows, True)]))
    assert found.status == "accepted"
    assert found.counts["rows_ok"] == len(rows) - 1


CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html><table><tr><td>1</td></tr></table></html>", "F_TYPE"),
        (b"<?xml version='1.0'?><a/>", "F_TYPE"),
        (b"%PDF-1.4", "F_TYPE"),
        (b"\x89PNG\r\n", "F_TYPE"),
        (b"\x03\x14\x07\x03\x00\x00\x00\x00", "F_TYPE"),
        (an_archive(readme=b"x"), "F_TYPE"),
        (CFB + "WordDocument".encode("utf-16-le"), "F_TYPE"),
        (CFB + "EncryptedPackage".encode("utf-16-le"), "F_ENCRYPTED"),
        (CFB + "Workbook".encode("utf-16-le"), "F_CORRUPT"),
        (CFB + "Root Entry".encode("utf-16-le") + "PowerPoint Document".encode("utf-16-le"), "F_TYPE"),
        (CFB, "F_CORRUPT"),
        (b"PK\x03\x04 nothing more", "F_CORRUPT"),
        (b"", "F_HEADER_NOT_FOUND"),
        ("项目,数\n甲,1\n".encode(), "F_HEADER_NOT_FOUND"),
    ],
)
def test_a_file_that_is_no_table_of_ours_is_refused(tmp_path: Path, body: bytes, code: str) -> None:
    assert refused(read(tmp_path, MEDICAL, body)) == code


def test_half_a_workbook_is_corrupt(tmp_path: Path) -> None:
    body = to_xlsx({"Sheet1": example(MEDICAL)})
    assert refused(read(tmp_path, MEDICAL, body[: len(body) // 2])) == "F_CORRUPT"


def test_a_stray_byte_in_a_name_is_an_encoding_error(tmp_path: Path) -> None:
    body = to_csv(example(MEDICAL)).replace("测甲一".encode(), b"\xe6\xb5\xff")
    assert refused(read(tmp_path, MEDICAL, body)) == "F_ENCODING"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    found = read(tmp_path, MEDICAL, to_csv(example(MEDICAL), encoding))
    assert found.status == "accepted"
    assert found.values("name")[2] == ("阿合·测丙一",)


def test_four_byte_gb18030_is_kept(tmp_path: Path) -> None:
    rows = example(MEDICAL)
    rows[1][3] = "测𠮷"
    found = read(tmp_path, MEDICAL, to_csv(rows, "gb18030"))
    assert found.values("name")[0] == ("测𠮷",)


@pytest.mark.parametrize("number", ["6.22202E+18", "-9.2E+18", "622202E13", "6.10099E+17", "9223372036854775807"])
def test_a_number_larger_than_any_id_rejects_its_row_only(tmp_path: Path, number: str) -> None:
    rows = example(MEDICAL)
    rows[1][4] = number
    found = read(tmp_path, MEDICAL, to_csv(rows), guards=Guards(reject_ratio=Decimal(1)))
    assert found.status != "refused"
    assert set(found.codes) == {"csv!2"}


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_delimiters_are_recognised(tmp_path: Path, delimiter: str) -> None:
    found = read(tmp_path, MEDICAL, to_csv(example(MEDICAL), delimiter=delimiter))
    assert found.status == "accepted"
    assert found.counts["rows_in"] == 3


def test_line_breaks_in_quotes_and_blank_lines_keep_the_physical_row_numbers(tmp_path: Path) -> None:
    lines = to_csv(example(MEDICAL)).decode().split("\r\n")
    lines[2] = lines[2].replace("联系不上", '"联系\n不上"')
    lines[1] += "\r\n"
    lines[3] = lines[3].replace("已参保", "退保")
    found = read(tmp_path, MEDICAL, "\r\n".join(lines).encode())
    assert found.values("row_no") == [(2,), (4,), (6,)]
    assert found.codes == {"csv!6": {"W_VALUE_DROPPED"}}


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
@pytest.mark.parametrize("note", ["", "联系,不上", "联系\n不上"])
def test_a_long_text_is_read_in_pieces_as_if_it_were_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, note: str
) -> None:
    rows = example(MEDICAL)
    for number in range(3, 60):
        rows.append([str(number), *rows[1][1:3], "测" + chr(0x4E00 + number), "6100991965****0112", *rows[1][5:]])
    rows[40][-1] = note
    body = to_csv(rows).decode().encode(encoding)
    whole = read(tmp_path, MEDICAL, body, guards=Guards(reject_ratio=Decimal(1)))
    monkeypatch.setattr(plain, "_BLOCK", 300)
    monkeypatch.setattr(decode, "_CHUNK", 70)
    monkeypatch.setattr(decode, "_PIECE", 300)
    pieces = read(tmp_path, MEDICAL, body, guards=Guards(reject_ratio=Decimal(1)))
    assert pieces.counts["rows_in"] == 60
    assert (pieces.codes, pieces.counts) == (whole.codes, whole.counts)
    assert pieces.values("row_no", "name", "not_insured_why") == whole.values("row_no", "name", "not_insured_why")


def test_a_bad_byte_far_behind_the_first_piece_refuses_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "_BLOCK", 200)
    monkeypatch.setattr(decode, "_CHUNK", 70)
    monkeypatch.setattr(decode, "_PIECE", 200)
    body = to_csv(example(MEDICAL)).decode().encode("gb18030")
    assert refused(read(tmp_path, MEDICAL, body + b"4,\xff\xff,x\r\n")) == "F_ENCODING"


def test_rows_with_more_cells_than_the_header_are_read(tmp_path: Path) -> None:
    body = (
        to_csv(example(MEDICAL))
        + "4,甲镇,甲山村,测己一,610099200512121036,建档立卡,2020,代缴,0,280,2020-02-20,,多,余\r\n".encode()
    )
    found = read(tmp_path, MEDICAL, body)
    assert found.counts["rows_in"] == 4


def test_old_mac_line_ends_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, MEDICAL, to_csv(example(MEDICAL)).replace(b"\r\n", b"\r"))
    assert found.counts["rows_in"] == 3


def test_sheets_are_joined_and_others_skipped(tmp_path: Path) -> None:
    rows = example(MEDICAL)
    body = to_xlsx(
        {"甲镇": rows[:3], "乙镇": [rows[0], rows[3]], "汇总": [["项目", "数"], ["人", 3]], "填写说明": [["请填"]]}
    )
    found = read(tmp_path, MEDICAL, body)
    assert found.status == "accepted"
    assert found.reasons - {"G_OPTIONAL_MISSING"} == {"G_MULTI_SHEET", "G_SHEET_SKIPPED"}
    assert found.values("sheet", "row_no") == [("乙镇", 2), ("甲镇", 2), ("甲镇", 3)]


def test_a_sheet_named_after_a_township_places_its_villages(tmp_path: Path) -> None:
    rows = [[cell for index, cell in enumerate(row) if index != 1] for row in example(MEDICAL)]
    found = read(tmp_path, MEDICAL, to_xlsx({"甲镇": rows[:3], "乙镇": [rows[0], rows[3]]}))
    assert found.codes == {}
    assert found.values("village_code") == [("610099102201",), ("610099101201",), ("610099101201",)]


def test_a_hidden_sheet_is_never_read(tmp_path: Path) -> None:
    def hide(book: Any, sheets: Mapping[str, Any]) -> None:
        sheets["旧"].hide()

    found = read(tmp_path, MEDICAL, to_xlsx({"Sheet1": example(MEDICAL), "旧": example(MEDICAL)}, hide))
    assert found.reasons <= {"G_OPTIONAL_MISSING"}
    assert found.counts["rows_in"] == 3


def test_filtered_rows_are_read(tmp_path: Path) -> None:
    def hide(book: Any, sheets: Mapping[str, Any]) -> None:
        sheets["Sheet1"].set_row(2, None, None, {"hidden": True})

    found = read(tmp_path, MEDICAL, to_xlsx({"Sheet1": example(MEDICAL)}, hide))
    assert "G_HIDDEN" in found.reasons
    assert found.counts["rows_in"] == 3


def test_title_unit_line_and_merged_two_row_header(tmp_path: Path) -> None:
    rows = [
        ["2020年农村危房改造任务台账"],
        ["填报单位：测试县住建局", "", "", "单位：万元"],
        ["乡镇", "行政村", "户编号", "户主", "", "档案编号", "工程进度", "补助资金", "", "卡主", ""],
        ["", "", "", "姓名", "身份证号", "", "", "拨付时间", "拨付金额", "姓名", ""],
        [
            "甲镇",
            "甲山村",
            "90000000001",
            "测甲一",
            "610099196503120112",
            "WG20200001",
            "开工",
            "2020-05-28",
            "1",
            "测甲一",
            "",
        ],
    ]

    def dress(book: Any, sheets: Mapping[str, Any]) -> None:
        plain, sheet = book.add_format({}), sheets["Sheet1"]
        sheet.merge_range("A1:K1", rows[0][0], plain)
        for column in "ABCFG":
            sheet.merge_range(f"{column}3:{column}4", rows[2][ord(column) - 65], plain)
        for area, text in (("D3:E3", "户主"), ("H3:I3", "补助资金"), ("J3:K3", "卡主")):
            sheet.merge_range(area, text, plain)

    found = read(tmp_path, RETROFITS, to_xlsx({"Sheet1": rows}, dress))
    assert found.status == "accepted"
    assert found.codes == {}
    assert "G_UNIT_CONVERTED" in found.reasons
    assert found.values("row_no", "head_name", "head_id_no", "paid_on", "paid_amt", "account_holder") == [
        (5, "测甲一", "610099196503120112", "2020-05-28", "10000.00", "测甲一")
    ]


def test_two_row_header_of_pupil_and_head(tmp_path: Path) -> None:
    rows = [
        ["学期", "学生", "", "户主", "学校名称", "学段", "就学状态"],
        ["", "姓名", "身份证号", "姓名", "", "", ""],
        ["2020春", "测甲三", "610099200809010337", "测甲一", "甲镇小学", "小学", "在学"],
    ]
    found = read(tmp_path, EDUCATION, to_csv(rows))
    assert found.status == "accepted", found.staged.result
    assert found.values("name", "head_name") == [("测甲三", "测甲一")]


def test_a_path_written_into_one_cell_matches_by_its_last_part(tmp_path: Path) -> None:
    rows = example(MEDICAL)
    rows[0] = [{"姓名": "参保人-姓名", "身份证号": "参保人-身份证号"}.get(text, text) for text in rows[0]]
    found = read(tmp_path, MEDICAL, to_csv(rows))
    assert (found.status, found.reasons, found.codes) == ("accepted", set(), {})


@pytest.mark.parametrize("name", ["[示例]测某", "【示例】测某", "示例 测某"])
def test_an_example_behind_its_township_and_village_is_skipped(tmp_path: Path, name: str) -> None:
    rows = example(MEDICAL)
    sample = list(rows[1])
    sample[rows[0].index("姓名")] = name
    found = read(tmp_path, MEDICAL, to_csv([rows[0], sample, *rows[1:]]))
    assert (found.status, found.reasons, found.codes) == ("accepted", {"G_EXAMPLE_ROW"}, {})
    assert found.counts["rows_skipped"] == 1


def test_signature_and_repeated_header_are_skipped(tmp_path: Path) -> None:
    rows = example(WATER)
    table = [rows[0], rows[1], rows[0], rows[2], rows[3], ["填表人：测经办", "", "", "审核人：测审核"], ["以上共三户"]]
    found = read(tmp_path, WATER, to_csv([row + [""] * (len(rows[0]) - len(row)) for row in table]))
    assert found.status == "accepted"
    assert found.counts["rows_skipped"] == 3
    assert found.values("row_no") == [(2,), (4,), (5,)]


def test_column_numbers_under_the_header_are_skipped(tmp_path: Path) -> None:
    rows = example(WATER)
    numbers = ["甲", "乙", *[str(index) for index in range(1, len(rows[0]) - 1)]]
    found = read(tmp_path, WATER, to_csv([rows[0], numbers, *rows[1:]]))
    assert found.counts["rows_skipped"] == 1
    assert found.counts["rows_in"] == 3


def test_another_folders_file_is_named_so(tmp_path: Path) -> None:
    assert refused(read(tmp_path, PERSONS, to_csv(example(HOUSEHOLDS)))) == "F_WRONG_FEED"


def test_a_day_count_from_1904(tmp_path: Path) -> None:
    rows = example(MEDICAL)
    rows[1][10] = 42276 + 142
    rows[2][10] = dt.date(2020, 2, 20)
    rows[2][7] = "已参保"
    found = read(tmp_path, MEDICAL, to_xlsx({"Sheet1": rows}, date_1904=True))
    assert found.values("paid_on")[:2] == [("2020-02-19",), ("2020-02-20",)]
    assert found.codes == {"Sheet1!2": {"W_DATE_SERIAL"}}


def test_side_file_beats_the_name(tmp_path: Path) -> None:
    side = {
        "area_code": "610099101",
        "as_of": "2020-06-20",
        "money_unit": "元",
        "coverage": "jd",
        "definition_version": "v0",
    }
    body = to_csv(example(MEDICAL)[:3])
    found = read(tmp_path, MEDICAL, body, side=side, definition_version="v1", name="202006_医保参保缴费_全量")
    assert found.reasons - {"G_OPTIONAL_MISSING"} == {"G_OLD_DEFINITION"}
    meta = found.staged.meta
    assert (meta.area_code, str(meta.as_of), meta.coverage) == ("610099101", "2020-06-20", "jd")


def test_meta_of_a_plain_name(tmp_path: Path) -> None:
    meta = read(tmp_path, MEDICAL, to_csv(example(MEDICAL))).staged.meta
    assert (meta.mode, meta.area_code, meta.period, meta.scope_key) == ("full", "610099", "202006", "")
    assert (str(meta.period_start), str(meta.period_end), str(meta.as_of)) == ("2020-06-01", "2020-06-30", "2020-06-30")


def test_national_export_name(tmp_path: Path) -> None:
    found = read(tmp_path, HOUSEHOLDS, to_csv(example(HOUSEHOLDS)), name="（基础信息）户信息_20200630")
    assert found.staged.meta.period == "20200630"
    assert "G_AREA_DEFAULTED" in found.reasons


def test_no_period_anywhere(tmp_path: Path) -> None:
    assert refused(read(tmp_path, WATER, to_csv(example(WATER)), name="610099_入户饮水")) == "F_PERIOD_MISSING"


def test_rows_outside_the_files_area(tmp_path: Path) -> None:
    found = read(tmp_path, HOUSEHOLDS, to_csv(example(HOUSEHOLDS)), name="610099101_20200630_建档立卡户信息_全量")
    assert found.codes == {"csv!4": {"R_AREA_OUTSIDE"}}


def test_withdrawal_needs_only_the_key(tmp_path: Path) -> None:
    body = to_csv([["身份证号", "姓名", "参保年度"], ["610099196503120112", "测甲一", "2020"]])
    found = read(tmp_path, MEDICAL, body, name="610099_202006_医保参保缴费_撤销")
    assert (found.status, found.codes, found.reasons) == ("accepted", {}, set())
    assert found.values("op", "id_no") == [("withdraw", "610099196503120112")]


def test_op_column(tmp_path: Path) -> None:
    rows = example(MEDICAL)
    rows = [[*row, cell] for row, cell in zip(rows, ["操作类型", "新增", "撤销", ""], strict=True)]
    found = read(tmp_path, MEDICAL, to_csv(rows), name="610099_202006_医保参保缴费_增量")
    assert found.values("op") == [("upsert",), ("withdraw",), ("upsert",)]


NIL = [
    ["填报单位", "报送内容", "期间", "零报告", "确认清空", "原因说明", "填报人", "审核人", "填报日期"],
    ["测试县医疗保障局", "参保", "2020年6月", "是", "否", "本月无", "测经办", "测审核", "2020-07-03"],
]
NIL_NAME = "610099_202006_医保参保缴费_零报告"


@pytest.mark.parametrize("upright", [False, True])
def test_nil_report(tmp_path: Path, upright: bool) -> None:
    rows = [list(pair) for pair in zip(*NIL, strict=True)] if upright else NIL
    found = read(tmp_path, MEDICAL, to_csv(rows), name=NIL_NAME)
    assert (found.status, found.counts["rows_in"]) == ("nil", 0)
    assert (found.staged.meta.is_nil, found.staged.meta.clears, found.staged.meta.period) == (True, False, "202006")


@pytest.mark.parametrize(
    ("index", "value", "facts", "code"),
    [
        (7, "", {}, "F_NIL_UNSIGNED"),
        (3, "否", {}, "F_EMPTY"),
        (1, "参保", {"loaded_periods": {("610099", "202006")}}, "F_NIL_WITH_ROWS"),
    ],
)
def test_nil_report_that_is_none(tmp_path: Path, index: int, value: str, facts: dict[str, Any], code: str) -> None:
    rows = [NIL[0], [*NIL[1]]]
    rows[1][index] = value
    assert refused(read(tmp_path, MEDICAL, to_csv(rows), name=NIL_NAME, **facts)) == code


def test_nil_report_with_rows(tmp_path: Path) -> None:
    rows = [*NIL, [], *example(MEDICAL)]
    width = max(len(row) for row in rows)
    body = to_csv([row + [""] * (width - len(row)) for row in rows])
    assert refused(read(tmp_path, MEDICAL, body, name=NIL_NAME)) == "F_NIL_WITH_ROWS"


def test_report_names_the_senders_column_and_the_code_that_was_spared(tmp_path: Path) -> None:
    rows = example(MEDICAL)
    rows[1][8] = "280元/年"
    found = read(tmp_path, MEDICAL, to_csv(rows))
    lines = found.con.execute("select sheet, row_no, header, code, value, message from row_codes").fetchall()
    assert lines == [("csv", 2, "个人缴费金额（元）", "W_VALUE_DROPPED", "280元/年", lines[0][5])]
    assert "R_AMOUNT_INVALID" in lines[0][5]
    assert found.con.execute("select row_no, c8 from cells").fetchall() == [(2, "280元/年")]


def test_rejected_rows_keep_their_keys(tmp_path: Path) -> None:
    rows = example(MEDICAL)
    rows[1][3] = "测甲1"
    found = read(tmp_path, MEDICAL, to_csv(rows))
    assert found.con.execute("select id_no, ins_year from staged_rejects").fetchall() == [
        ("610099196503120112", "2020")
    ]


def test_zeroed_ids_are_told(tmp_path: Path) -> None:
    rows = example(MEDICAL)
    more = [[*rows[3][:4], f"61009919650312{index}000", *rows[3][5:]] for index in range(3)]
    found = read(tmp_path, MEDICAL, to_csv([*rows, *more]))
    assert "G_ID_ZEROED" in found.reasons


def test_a_header_that_nearly_matches_is_named(tmp_path: Path) -> None:
    rows = example(MEDICAL)
    rows[0][4] = "身份正号"
    found = read(tmp_path, MEDICAL, to_csv(rows))
    assert refused(found) == "F_HEADER_MISSING"
    assert "找到“身份正号”，是否为“身份证号”？" in found.staged.result.details["F_HEADER_MISSING"]


def test_a_wide_table_of_figures_has_no_header(tmp_path: Path) -> None:
    body = to_csv([["乡镇", "应参保", "已参保", "参保率"], ["甲镇", "6", "4", "66.67"]])
    assert refused(read(tmp_path, "medical/department_totals", body)) == "F_HEADER_NOT_FOUND"


@pytest.mark.parametrize("word", ["暂无", "未知", "不清楚", "待核实", "无"])
def test_a_word_for_nothing_is_no_name(tmp_path: Path, word: str) -> None:
    rows = example(MEDICAL)
    rows[1][3] = word
    assert read(tmp_path, MEDICAL, to_csv(rows)).codes == {"csv!2": {"R_REQUIRED_BLANK"}}
