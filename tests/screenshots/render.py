"""Draws what a clerk gets back for the commonest faults: ``python -m tests.screenshots.render FOLDER``.

Data in: a folder. Data out: PNG pages of receipts and error workbooks, as LibreOffice prints them in grey.
Not here: judging them; somebody has to look at the pictures.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.builders import libreoffice
from tests.integration.landing_home import Home, enrolments, id_no, name

FEED = "medical/enrolments"
_HEADER = (
    "序号,乡镇,村,姓名,身份证号,人员属性,参保年度,参保状态,个人缴费金额（元）,资助金额（元）,缴费时间,联系电话,备注"
)


def _row(number: int, **changes: str) -> str:
    good = dict(
        zip(
            _HEADER.split(","),
            (
                str(number), "甲镇", "甲山村", name(number), id_no(number), "", "2020", "代缴", "0", "280",
                "2020-02-20", "", "",
            ),
            strict=True,
        )
    )  # fmt: skip
    return ",".join({**good, **changes}.values())


def _roster(*faulty: str, good: int = 30) -> str:
    return "\n".join([_HEADER, *(_row(number) for number in range(good)), *faulty]) + "\n"


def _without(*headers: str) -> str:
    kept = [place for place, header in enumerate(_HEADER.split(",")) if header not in headers]
    lines = _roster().splitlines()
    return "\n".join(",".join(line.split(",")[place] for place in kept) for line in lines)


CASES: dict[str, tuple[str, str]] = {
    "01_证件号码为数值": ("202006", _roster(_row(31, 身份证号="6.10099E+17"))),
    "02_证件号码已脱敏": ("202006", _roster(_row(31, 身份证号="6100991965****0112"))),
    "03_必填项为空": ("202006", _roster(_row(31, 姓名=""))),
    "04_校验不通过": ("202006", _roster(_row(31, 身份证号="610099196503120110"))),
    "05_取值不在代码表": ("202006", _roster(_row(31, 参保状态="大概交了"))),
    "06_村名无法识别": ("202006", _roster(_row(31, 村="不存在村"), _row(32, 村=""))),
    "07_主键重复": ("202006", _roster(_row(31), _row(31, 缴费时间="2020-03-01"))),
    "08_缺少必需列": ("202006", _without("身份证号")),
    "09_退回行过多": ("202006", enrolments(20, masked=10)),
    "10_期间尚未开始": ("202012", _roster()),
}
"""The ten commonest messages: file period and content."""


def render(folder: Path, *, dots: int = 70) -> list[Path]:
    """Draw every case into ``folder``; returns the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = []
    with tempfile.TemporaryDirectory() as scratch:
        for case, (period, content) in CASES.items():
            home = Home.make(Path(scratch) / case).with_villages()
            home.drop(FEED, f"610099_{period}_医保参保缴费_全量.csv", content)
            [landed] = home.ingest()
            for answer in landed.answers:
                if answer.suffix == ".xlsx":
                    kind = answer.stem.rsplit("_", 1)[1]
                    book = Path(scratch) / f"{case}_{kind}.xlsx"
                    shutil.copy(answer, book)
                    pictures += libreoffice.draw(book, folder, dots=dots)
    return pictures


if __name__ == "__main__":
    for picture in render(Path(sys.argv[1]).absolute()):
        sys.stdout.write(f"{picture.name}\n")
