"""Builders for landing tests: a home with its county, files as departments send them, questions to the warehouse."""

from __future__ import annotations

import multiprocessing
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from connectors import faults
from connectors.contract import feeds
from connectors.warehouse import open_database
from pipeline.receiving.ingest import ingest_waiting
from pipeline.settings import Settings
from pipeline.submission import Landed

DAY = date(2020, 7, 3)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_HEADER = (
    "序号,乡镇,村,姓名,身份证号,人员属性,参保年度,参保状态,个人缴费金额（元）,资助金额（元）,缴费时间,联系电话,备注"
)
_PAID = "2020,代缴,0,280,2020-02-20"
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.integration.landing_home"])
_NAME_CHARACTERS = "甲乙丙丁戊己庚辛壬癸"

VILLAGES = """行政区划编码,县,乡(镇),村,村属性,是否深度贫困村,计划出列年度,是否出列,出列时间,总户数,总人口数,自然村数
610099101201,测试县,甲镇,甲山村,贫困村,否,2018,是,2018-12-31,212,803,6
610099101202,测试县,甲镇,甲水村,非贫困村,否,,,,180,655,5
610099102201,测试县,乙镇,乙河村,贫困村,是,2020,否,,96,341,4
"""
feeds()  # once, in the process that the killed ones are forked from


def id_no(number: int) -> str:
    """The ``number``-th synthetic id: unassigned prefix, right check digit."""
    body = f"61009919{50 + number // 400:02d}{1 + number // 28 % 12:02d}{1 + number % 28:02d}{number % 900 + 100:03d}"
    return body + "10X98765432"[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11]


def name(number: int) -> str:
    """A synthetic name without digits."""
    return "测" + "".join(_NAME_CHARACTERS[int(digit)] for digit in f"{number:02d}")


def enrolments(count: int, *, masked: int = 0, note: str = "", first: int = 0) -> str:
    """An insurance roster of ``count`` good rows and ``masked`` rows whose id is masked."""
    lines = [_HEADER]
    for number in range(first, first + count):
        lines.append(f"{number},甲镇,甲山村,{name(number)},{id_no(number)},,{_PAID},13800000000,{note}")
    lines += [f"9{number},甲镇,甲山村,测壬,6100991965****0112,,{_PAID},," for number in range(masked)]
    return "\n".join(lines) + "\n"


def take_in(settings: Settings, fault: str) -> None:
    """What the process of :meth:`Home.ingest_elsewhere` does."""
    faults._POINT = fault
    if any(landed.status == "failed" for landed in ingest_waiting(settings, received_on=DAY)):
        raise SystemExit(1)


@dataclass(frozen=True)
class Home:
    """A home in a temporary folder."""

    settings: Settings

    @classmethod
    def make(cls, folder: Path) -> Home:
        """A home without any file; files are taken at the first look."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "county.toml").write_text("settle_seconds = 0\n")
        return cls(Settings(home=folder, settle_seconds=0, threads=2, memory_limit="1GB", wait_seconds=5))

    @classmethod
    def insured(cls, folder: Path, rows: int) -> Home:
        """A home that has taken in its villages and a list of insured people."""
        home = cls.make(folder).with_villages()
        home.drop("medical/enrolments", "610099_202006_医保_全量.csv", enrolments(rows))
        home.ingest()
        return home

    def copied(self, folder: Path) -> Home:
        """The same home once more, to be changed."""
        shutil.copytree(self.settings.home, folder)
        return Home.make(folder)

    def drop(self, feed: str, file_name: str, content: str | bytes) -> Path:
        """Put a file where a department would."""
        folder = self.settings.ingest / feed
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / file_name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def with_villages(self) -> Home:
        """The county's villages are known."""
        self.drop("registry/villages", "610099_2020_行政村名单_全量.csv", VILLAGES)
        [landed] = self.ingest()
        assert landed.status == "accepted", landed
        return self

    def ingest(self, day: date = DAY, **options: object) -> list[Landed]:
        """Take in what waits."""
        return ingest_waiting(self.settings, received_on=day, **options)  # type: ignore[arg-type]

    def ask(self, question: str) -> list[tuple[object, ...]]:
        """Rows of the warehouse."""
        con = open_database(self.settings.warehouse, read_only=True)
        try:
            return con.execute(question).fetchall()
        finally:
            con.close()

    def ingest_elsewhere(self, fault: str = "") -> int | None:
        """Take in what waits in a process of its own that dies at ``fault``; returns its exit code."""
        process = _PROCESSES.Process(target=take_in, args=(self.settings, fault))
        process.start()
        process.join(timeout=120)
        return process.exitcode

    def files(self, below: str) -> dict[str, bytes]:
        """Every file below a folder of the home."""
        root = self.settings.home / below
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}

    def contents(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything in the warehouse that files brought, in a stable order."""
        return {
            table: self.ask(f"select * from {table} order by all")
            for table in ("meta.submissions", "meta.row_codes", "meta.rejected_keys", "raw.medical__enrolments")
        }
