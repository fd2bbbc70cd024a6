"""The night as one bare DuckDB script: decode, load, clean ids, tokenise, join, lists, indicators, export.

Data in: ``ingest/`` of a simulated home. Data out: ``persons``, ``mismatches`` and ``indicators`` as CSV and Parquet.
Not here: contracts, receipts, reason codes, history, gates, documents. It is the floor the product is measured against.
Run: ``python -m tests.bench.bare HOME OUT AS_OF``
"""

from __future__ import annotations

import codecs
import json
import sys
import tempfile
import time
from pathlib import Path

import duckdb  # noqa: TID251 -- the bare script is what the warehouse module is measured against
import pyarrow as pa
from python_calamine import CalamineWorkbook

_HEADER_ROW = 2
_SQL = Path(__file__).with_name("bare.sql")
FEEDS = {
    "households": (
        "registry/households",
        "户编号 hh_no,户主姓名 head_name,户主证件号码 head_id,贫困户属性 attr,"
        "脱贫属性 status,人均纯收入 npc,行政村 village,危房户 dilapidated,是否解决安全饮用水 water_safe,"
        "人数 member_count,脱贫年度 exit_year,是否搬迁户 relocated",
    ),
    "persons": (
        "registry/persons",
        "户编号 hh_no,姓名 name,证件号码 id,与户主关系 relation,是否参加城乡居民基本医疗保险 ins_basic,"
        "性别 sex,出生日期 born_on,"
        "健康状况 health,在校情况 stage",
    ),
    "edge": (
        "registry/edge_households",
        "户编号 hh_no,户主证件号码 head_id,监测对象类别 kind,人均纯收入 npc,行政村 village,纳入时间 watched_on,"
        "风险是否已消除 cleared",
    ),
    "areas": ("registry/villages", "行政区划编码 code,乡(镇) township,村 name"),
    "medical": (
        "medical/enrolments",
        "身份证号 id,姓名 name,行政村编码 village_code,行政村 village,人员属性 class,"
        "险种 scheme,参保状态 state,缴费时间 paid_on",
    ),
    "school": (
        "education/enrolments",
        "身份证号 id,姓名 name,村 village,户编号 hh_no,人员属性 class,就学状态 status,"
        "学校名称 school,辍学原因 cause,监护人签字日期 signed_on,佐证材料编号 evidence_no",
    ),
    "dibao": (
        "civil_affairs/dibao",
        "低保证号 case_no,身份证号码 id,姓名 name,行政村 village,人员属性 class,"
        "低保种类 kind,家庭人均纯收入 npc,救助结束日期 to_month",
    ),
    "houses": (
        "housing/appraisals",
        "户编号 hh_no,户主姓名 head_name,户主身份证号 head_id,行政村 village,危房等级 grade,"
        "鉴定日期 appraised_on,是否现居住 lived_in,安全住房保障方式 safe_by,安全住房认定 certified,"
        "是否疑似危房 suspect",
    ),
    "projects": (
        "housing/retrofits",
        "户编号 hh_no,户主姓名 head_name,户主证件号码 head_id,档案编号 project_no,"
        "改造年度 batch_year,验收日期 accepted_on,验收结果 accepted_ok,补助标准 due_amt,"
        "拨付时间 paid_on,兑付金额 paid_amt,改造方式 mode,审批日期 approved_on,开工日期 started_on,"
        "竣工日期 completed_on,发放方式 channel,账户名称 holder",
    ),
    "water": (
        "water/household_water",
        "户编号 hh_no,户主姓名 head_name,户主证件号码 head_id,行政村 village,供水类型 mode,"
        "供水工程代码 supply_no,无肉眼可见杂质 t1,无异色异味 t2,长期饮用无不良反应 t3,水量充足 t4,取水方便 t5",
    ),
    "claims": (
        "medical/inpatient_claims",
        "结算ID settle_id,证件号码 id,医疗机构名称 hospital,医药机构地点类别 place,是否转诊 referred,"
        "是否定点 designated,"
        "入院日期 admitted_on,出院日期 discharge_on,总费用 total,基本医疗报销 p1,大病保险赔付 p2,特惠保金额 p3,"
        "医疗救助 p4,医院减免 p5,财政兜底 p6,个人自付 own,押金 deposit,是否一站式结算 one_stop,是否冲销 reversal",
    ),
    "chronic": (
        "medical/chronic_visits",
        "身份证号 id,病种 disease,纳入管理日期 registered_on,签约医生 doctor,签约日期 signed_on,到期日期 until_on,"
        "随访日期 visited_on,体检日期 checked_on",
    ),
    "tekun": ("civil_affairs/tekun", "证件号码 id,姓名 name,账户名称 holder"),
    "disability": (
        "civil_affairs/disability",
        "身份证号码 id,残疾等级 level,生活补贴 living,护理补贴 care,低保类别 low_kind,"
        "代缴医疗保险 med_gov,代缴养老保险 pension_gov,"
        "账户名称 holder,姓名 name",
    ),
    "aid": ("education/aid_payments", "身份证号 id,姓名 name,应发金额 due,资助金额 paid,开户人 holder"),
    "supplies": ("water/village_supplies", "工程编号 supply_no,检测日期 tested_on,水质检测结果 result"),
}


def as_utf8(path: Path, folder: Path) -> Path:
    """A csv in UTF-8 without mark, decoded strictly."""
    raw = path.open("rb")
    encoding = "utf-8-sig" if raw.read(3) == codecs.BOM_UTF8 else "gb18030"
    raw.close()
    target = folder / f"{path.parent.parent.name}_{path.parent.name}.csv"
    with path.open(encoding=encoding, newline="") as source, target.open("w", encoding="utf-8", newline="") as sink:
        while block := source.read(1 << 22):
            sink.write(block)
    return target


def _sheet_rows(path: Path) -> pa.Table:
    """All sheets of a workbook under their header, as text."""
    header: list[str] = []
    rows: list[list[str]] = []
    book = CalamineWorkbook.from_path(str(path))
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        header = [str(cell).split("（")[0] for cell in sheet[_HEADER_ROW]]
        rows += [[_text(cell) for cell in row] for row in sheet[_HEADER_ROW + 1 : -2]]
    columns = list(zip(*rows, strict=True))
    return pa.table({name: pa.array(columns[at], pa.string()) for at, name in enumerate(header)})


def _text(cell: object) -> str | None:
    if cell is None or cell == "":
        return None
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _cell(header: str, field: str) -> str:
    """A trimmed cell; ids without blanks and in half width."""
    cell = f"nullif(trim(\"{header}\"), '')"
    if field in ("id", "head_id"):
        return f"upper(replace(translate({cell}, '０１２３４５６７８９Ｘ', '0123456789X'), ' ', ''))"
    return cell


def run(home: Path, out: Path, as_of: str) -> dict[str, float]:
    """All steps; seconds of each."""
    out.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        con = duckdb.connect(str(Path(scratch) / "bare.duckdb"), config={"threads": 2, "memory_limit": "4GB"})
        con.execute("set enable_progress_bar = false")
        started = time.monotonic()
        for name, (feed, wanted) in FEEDS.items():
            (path,) = [p for p in (home / "ingest" / feed).iterdir() if p.suffix in (".csv", ".xlsx")]
            pairs = [pair.rsplit(" ", 1) for pair in wanted.split(",")]
            chosen = ", ".join(f"{_cell(header, field)} as {field}" for header, field in pairs)
            if path.suffix == ".xlsx":
                sheet = _sheet_rows(path)
                con.register("sheet", sheet)
                con.execute(f"create table {name}_raw as select {chosen} from sheet")
                con.unregister("sheet")
            else:
                text = as_utf8(path, Path(scratch))
                con.execute(
                    f"create table {name}_raw as select {chosen} "
                    f"from read_csv('{text}', header = true, all_varchar = true, delim = ',', quote = '\"')"
                )
                text.unlink()
        seconds["load"] = time.monotonic() - started
        con.execute("set variable as_of = ?::date", [as_of])
        con.execute("set variable ipad = ?::blob", [bytes(b ^ 0x36 for b in b"bare key".ljust(64, b"\0"))])
        con.execute("set variable opad = ?::blob", [bytes(b ^ 0x5C for b in b"bare key".ljust(64, b"\0"))])
        for part in _SQL.read_text(encoding="utf-8").split("-- step: ")[1:]:
            name, sql = part.split("\n", 1)
            started = time.monotonic()
            con.execute(sql)
            seconds[name.strip()] = time.monotonic() - started
        started = time.monotonic()
        for table in ("persons", "mismatches", "indicators"):
            con.execute(f"copy (select * from {table} order by all) to '{out / table}.csv' (header, delimiter ',')")
            con.execute(f"copy (select * from {table} order by all) to '{out / table}.parquet'")
        seconds["export"] = time.monotonic() - started
        con.close()
    return seconds


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])))
