"""The score tells a home that found everything from one that missed, invented or mixed something up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors import keyfiles
from connectors.warehouse import Connection, open_database, open_warehouse
from identity.tokens import token
from pipeline.cli import app
from pipeline.scoring.score import differences, score
from pipeline.settings import Settings

_FILE = "medical/enrolments/a.csv"
_SUBMISSION = "medical-enrolments-aaaaaaaaaaaa"
_ONE, _TWO = "610099196503120112", "610099196807050221"


@dataclass
class Home:
    """What the product found, and what the simulator says; equal until a test changes one side."""

    folder: Path
    codes: list[tuple[int, str]] = field(default_factory=lambda: [(3, "R_ID_MASKED")])
    links: list[tuple[int, str]] = field(default_factory=lambda: [(2, _ONE)])
    findings: list[tuple[str, str, str]] = field(default_factory=lambda: [("R081", "person", _TWO)])
    numbers: list[tuple[str, int, int]] = field(default_factory=lambda: [("ins_rate", 1, 2)])
    ambiguous: int = 0
    doubts: list[tuple[int, str]] = field(default_factory=list)
    proposals: list[tuple[int, str, int]] = field(default_factory=list)
    listed: list[tuple[str, str, str]] = field(default_factory=lambda: [("exit_check", "H1", "达标;未达标:住房安全;")])

    @property
    def settings(self) -> Settings:
        return Settings(home=self.folder, today=date(2020, 6, 30))

    def write(self) -> dict[str, dict]:
        """Lay both sides out and score them."""
        key = keyfiles.load_or_create(self.settings.token_key)
        with open_warehouse(self.settings.warehouse) as con:
            con.execute(
                "insert into meta.submissions (submission_id, sector, entity, sha256, status, reasons, seq)"
                " values (?, 'medical', 'enrolments', 'aa', 'accepted_with_errors', [], 1)",
                [_SUBMISSION],
            )
            for row, code in self.codes:
                con.execute(
                    "insert into meta.row_codes (submission_id, sheet, row_no, code) values (?, 'csv', ?, ?)",
                    [_SUBMISSION, row, code],
                )
        folder = self.settings.published / "one_table-2020-06-30-x"
        folder.mkdir(parents=True)
        (self.settings.published / "current").symlink_to(folder.name)
        con = open_database(folder / "one_table.duckdb", read_only=False)
        self._publish(con, key)
        con.close()
        self._truth()
        return score(self.settings, self.folder / "truth")

    def _publish(self, con: Connection, key: bytes) -> None:
        con.execute("create schema masked")
        con.execute(
            "create table masked.links (sector varchar, entity varchar, submission_id varchar, sheet varchar,"
            " row_no integer, person_uid varchar, household_key varchar)"
        )
        con.execute(
            "create table masked.mismatches (rule_id varchar, detail varchar, verdict varchar, subject_type varchar,"
            " subject_key varchar, owner varchar, actual varchar, evidence varchar)"
        )
        con.execute(
            "create table masked.indicators (indicator varchar, area_code varchar, as_of date, numerator bigint,"
            " denominator bigint, status varchar)"
        )
        con.execute(
            "create table masked.identity_proposals (evidence varchar, rank integer, register_key varchar,"
            " agrees varchar, disagrees varchar)"
        )
        for row, person, rank in self.proposals:
            con.execute(
                "insert into masked.identity_proposals values (?, ?, ?, '', '')",
                [f"{_SUBMISSION}#csv!{row}", rank, token(key, person)],
            )
        for row, person in self.links:
            con.execute(
                "insert into masked.links values ('medical', 'enrolments', ?, 'csv', ?, ?, null)",
                [_SUBMISSION, row, token(key, person)],
            )
        con.execute("create table masked.rule_status (rule_id varchar, status varchar, reason varchar)")
        con.execute(
            "insert into masked.rule_status values ('R081', 'run', null), ('R111', 'not_run', '名单未提供:台账')"
        )
        con.execute(
            "create table masked.work_lists"
            " (list_id varchar, subject_type varchar, subject_key varchar, reason varchar)"
        )
        for list_id, household, reason in self.listed:
            con.execute("insert into masked.work_lists values (?, 'household', ?, ?)", [list_id, household, reason])
        for rule, kind, person in self.findings:
            con.execute(
                "insert into masked.mismatches values (?, '', 'fail', ?, ?, 'medical', null, null)",
                [rule, kind, token(key, person)],
            )
        for indicator, numerator, denominator in self.numbers:
            con.execute(
                "insert into masked.indicators values (?, '610099', '2020-06-30', ?, ?, 'ok')",
                [indicator, numerator, denominator],
            )

    def _truth(self) -> None:
        folder = self.folder / "truth"
        folder.mkdir()
        rows = {
            "files": f"file,sha256\n{_FILE},aa\n",
            "intake": f"file,row,verdict,reason_code\n{_FILE},,accepted_with_errors,\n"
            f"{_FILE},csv!3,rejected,R_ID_MASKED\n",
            "links": f"file,row,person\n{_FILE},csv!2,{_ONE}\n",
            "mismatches": "rule_id,detail,verdict,subject_type,subject,owner,ambiguous\n"
            f"R081,,fail,person,{_TWO},medical,{self.ambiguous}\n",
            "indicators": "indicator,area,as_of,numerator,denominator\nins_rate,610099,2020-06-30,1,2\n",
            "lists": "list_id,subject_type,subject,flags,ambiguous\nexit_check,household,H1,未达标:住房安全;,0\n",
            "proposals": "file,row,person,damage\n"
            + "".join(f"{_FILE},csv!{row},{person},digit\n" for row, person in self.doubts),
        }
        for name, text in rows.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_home_that_found_everything_scores_full_marks(home: Home) -> None:
    found = home.write()
    assert found["rules"] == {"R081": {"expected": 1, "found": 1, "recall": 1.0, "precision": 1.0}}
    assert {line["recall"] for line in found["intake"].values()} == {1.0}
    assert set(found["intake"]) == {"accepted_with_errors", "R_ID_MASKED"}
    assert found["links"] == {"rows": 1, "wrong": 0, "missed": 0, "ambiguous": 0}
    assert found["indicators"] == {"compared": 1, "different": 0}
    assert (found["lists"]["compared"], found["lists"]["different"]) == (1, 0)
    assert not any(differences(home.settings, home.folder / "truth").values())


def test_rules_that_did_not_run_are_told_beside_the_score(home: Home) -> None:
    assert home.write()["not_run"] == {"R111": "名单未提供:台账"}


def test_a_missed_mismatch_lowers_the_recall(home: Home) -> None:
    home.findings = []
    assert home.write()["rules"]["R081"]["recall"] == 0


def test_an_invented_mismatch_lowers_the_precision(home: Home) -> None:
    home.findings.append(("R081", "person", _ONE))
    found = home.write()["rules"]["R081"]
    assert (found["recall"], found["precision"]) == (1.0, 0.5)


def test_the_same_finding_under_another_rule_does_not_count(home: Home) -> None:
    home.findings = [("R120", "person", _TWO)]
    found = home.write()["rules"]
    assert found["R081"]["recall"] == 0
    assert found["R120"]["precision"] == 0


def test_a_code_on_another_row_is_a_miss_and_an_invention(home: Home) -> None:
    home.codes = [(4, "R_ID_MASKED")]
    found = home.write()["intake"]["R_ID_MASKED"]
    assert (found["recall"], found["precision"]) == (0.0, 0.0)


def test_a_row_linked_to_somebody_else_is_wrong(home: Home) -> None:
    home.links = [(2, _TWO)]
    assert home.write()["links"] == {"rows": 1, "wrong": 1, "missed": 0, "ambiguous": 0}


def test_an_unlinked_row_is_missed(home: Home) -> None:
    home.links = []
    assert home.write()["links"]["missed"] == 1


def test_another_numerator_is_a_difference(home: Home) -> None:
    home.numbers = [("ins_rate", 2, 2)]
    assert home.write()["indicators"] == {"compared": 1, "different": 1}


def test_an_indicator_that_was_not_computed_is_a_difference(home: Home) -> None:
    home.numbers = []
    assert home.write()["indicators"]["different"] == 1


@pytest.mark.parametrize(
    ("listed", "different"),
    [
        ([], 1),
        ([("exit_check", "H1", "达标;未达标:饮水安全;")], 1),
        ([("exit_check", "H1", "达标;未达标:住房安全;"), ("relapsed", "H1", "")], 1),
        ([("missed", "H1", "达标;未达标:住房安全;")], 2),
        ([("exit_check", "H1", "达标;未达标:住房安全;"), ("card_red", "H1", "")], 0),
    ],
    ids=["missing", "another flag named", "on one list too many", "on the wrong list", "cards are compared apart"],
)
def test_a_list_differs_by_who_stands_on_it_and_by_the_flag_it_names(
    home: Home, listed: list[tuple[str, str, str]], different: int
) -> None:
    home.listed = listed
    assert home.write()["lists"]["different"] == different


def test_the_place_of_the_true_person_among_the_proposals_is_told(home: Home) -> None:
    home.doubts = [(5, _ONE), (6, _TWO), (7, _TWO)]
    home.proposals = [(5, _ONE, 1), (6, _ONE, 1), (6, _TWO, 2), (9, _ONE, 1)]
    found = home.write()["proposals"]
    assert found["by_damage"] == {
        "digit": {
            "cases": 3, "first": 1, "in_three": 2, "first_share": 0.3333, "in_three_share": 0.6667, "per_case": 1.0,
        }
    }  # fmt: skip
    assert found["elsewhere"] == 1
    assert found["exact"]["wrong"] == 0
    assert found["exact"]["recall"] == 1.0


def test_a_truth_without_doubtful_rows_has_no_shares(home: Home) -> None:
    found = home.write()["proposals"]
    assert (found["cases"], found["first_share"], found["by_damage"]) == (0, None, {})


def test_an_ambiguous_case_is_counted_apart(home: Home) -> None:
    home.ambiguous = 1
    home.findings = []
    found = home.write()["rules"]["R081"]
    assert (found["expected"], found["found"], found["ambiguous"]) == (0, 0, 1)


def test_differences_show_people_as_tokens(home: Home) -> None:
    home.findings = []
    home.links = [(2, _TWO)]
    home.write()
    shown = str(differences(home.settings, home.folder / "truth"))
    assert _ONE not in shown
    assert _TWO not in shown


def test_a_folder_that_is_no_truth_is_named_as_such(home: Home) -> None:
    home.write()
    (home.folder / "truth" / "links.csv").unlink()
    done = CliRunner().invoke(
        app, ["score", "--truth", str(home.folder / "truth")], env={"ONETABLE_HOME": str(home.folder)}
    )
    assert done.exit_code == 2
    assert "缺少 links.csv" in done.output
