"""The plan of a pump and of a port: tests of the liver, partners, curves, and what cannot be."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from builders import RECORD, toy_patient
from liverboard.anatomy import examine
from liverboard.case import case_from_record
from liverboard.cli import main
from liverboard.errors import RequestError
from liverboard.patient import patient_of
from liverboard.treatments.arterial_infusion import TREATMENT
from liverboard.treatments.arterial_infusion.circulation import body_of, circulation_of
from liverboard.treatments.arterial_infusion.kernels.kinetics import SEGMENTS
from liverboard.treatments.arterial_infusion.kernels.modification import flow_from_residual
from liverboard.treatments.arterial_infusion.modification import modified
from liverboard.treatments.exhibit import Curves, Table
from liverboard.treatments.protocol import NoPlan, Proposal, silent


def plan(patient=None, **changes):
    given = {"drug": "fudr", "pump": "intera-3000", "flow_ml_per_day": 1.3}
    proposal = Proposal("test", "test", parameters={**given, **changes})
    return TREATMENT.plan(proposal, patient or toy_patient(), silent)


def table(found, title):
    return next(one for one in found.exhibits if isinstance(one, Table) and one.title == title)


def test_dose_by_liver_tests_is_off_unless_asked_for():
    found = plan()
    assert table(found, "Dose by liver tests").rows[0][0] == "off"
    assert found.details["dose_share_by_liver_tests"] is None


BANDS = [
    ({"ast": (40, 119)}, 1.0), ({"ast": (40, 120)}, 0.8), ({"ast": (40, 160)}, 0.5),
    ({"ast": (40, 200)}, 0.0), ({"ast": (60, 119)}, 1.0), ({"ast": (60, 120)}, 0.8),
    ({"alp": (90, 134)}, 1.0), ({"alp": (90, 135)}, 0.5), ({"alp": (90, 180)}, 0.0),
    ({"alp": (100, 119)}, 1.0), ({"alp": (100, 120)}, 0.5), ({"alp": (100, 150)}, 0.0),
    ({"bilirubin": (1.0, 1.4)}, 1.0), ({"bilirubin": (1.0, 1.5)}, 0.5),
    ({"bilirubin": (1.0, 2.0)}, 0.0), ({"bilirubin": (2.6, 3.0)}, 0.0),
    ({"ast": (40, 160), "alp": (80, 100)}, 0.5),
]  # fmt: skip


@pytest.mark.parametrize(("readings", "share"), BANDS)
def test_the_table_of_liver_tests_as_it_is_remembered(readings, share):
    assert modified(readings).share == share


def test_an_unknown_test_is_refused():
    with pytest.raises(RequestError, match="no test of the dose table"):
        modified({"ggt": (40, 80)})
    with pytest.raises(RequestError, match="not possible"):
        modified({"ast": (0, 80)})


def test_the_prescription_shows_the_dose_after_tests():
    found = plan(tests={"ast": [40, 160]})
    rows = {row[0]: row[1] for row in table(found, "Pump prescription").rows}
    # 0.12 x 75 x 30 / 1.3 = 207.7 mg; half of it, to 5 mg
    assert rows["drug in a full pump"] == "210 mg"
    assert rows["drug after liver tests"] == "105 mg"
    assert found.details["dose_share_by_liver_tests"] == 0.5


def test_the_calendar_says_what_should_be_left():
    found = plan()
    days = [row[0] for row in table(found, "Refill calendar").rows]
    assert days == [day for cycle in range(6) for day in (28 * cycle, 28 * cycle + 14)]
    # 30 - 14 x 1.3 = 11.8; 15 % more or less flow: 9.1 and 14.5
    assert (
        "11.8 ml expected; flow off beyond 9.1 to 14.5"
        in table(found, "Refill calendar").rows[1][1]
    )
    assert flow_from_residual(30.0, 11.8, 14.0) == pytest.approx(1.3)


def test_partner_doses_follow_body_surface_and_carry_their_mark():
    rows = table(plan(), "Systemic partner of a pump").rows
    oxaliplatin = next(row for row in rows if row[1] == "oxaliplatin")
    # 175 cm, 75 kg: 1.905 m2 by DuBois, times 85
    assert oxaliplatin[3] == "162"
    assert oxaliplatin[-1] == "unverified"


def test_the_first_hour_is_drawn_and_ends_near_rest():
    found = plan()
    chart = next(one for one in found.exhibits if isinstance(one, Curves))
    curves = {curve.name: curve for curve in chart.curves}
    rest = {row[0]: row for row in table(found, "The same rate by three routes, at rest").rows}
    assert curves["tumour, by artery"].y[-1] == pytest.approx(
        float(rest["hepatic artery"][1]), rel=0.03
    )
    tumour = [float(rest[name][1]) for name in ("hepatic artery", "portal vein", "peripheral vein")]
    body = [float(rest[name][3]) for name in ("hepatic artery", "portal vein", "peripheral vein")]
    assert tumour[0] > 10 * tumour[1]
    assert tumour[1] == pytest.approx(body[1], rel=0.05)
    # tumours let the artery's drug through: a little more in the body than by portal vein
    assert body[1] < body[0] < 1.5 * body[1]
    assert body[2] > 3 * body[0]


def test_flows_follow_weight_and_extraction_is_the_one_asked_for():
    here = circulation_of(toy_patient().anatomy, 80.0)
    assert here.total == pytest.approx(0.017 * 80)
    assert here.arterial == pytest.approx(0.0035 * 80)
    body = body_of(here, 0.9)
    flow = (body.arterial + body.portal).sum()
    kept = (1.0 + body.most.sum() / body.half / flow / SEGMENTS) ** -SEGMENTS
    assert 1.0 - kept == pytest.approx(0.9)


def test_without_images_the_prescription_is_the_same():
    case = case_from_record(RECORD)
    alone = plan(patient_of(case, examine(case)))
    assert alone.details["fill_mg"] == plan().details["fill_mg"]
    assert not any(isinstance(one, Curves) for one in alone.exhibits)


def test_without_weight_nothing_is_dosed():
    record = {**RECORD, "patient": {"sex": "male"}}
    case = case_from_record(record)
    assert isinstance(plan(patient_of(case, examine(case))), NoPlan)


@pytest.mark.parametrize(
    ("regimen", "drug", "mg"),
    [("oxaliplatin-raltitrexed", "oxaliplatin", "247"), ("folfox", "oxaliplatin", "162"),
     ("cisplatin", "cisplatin", "190 to 238")],
)  # fmt: skip
def test_a_port_is_dosed_by_body_surface(regimen, drug, mg):
    found = plan(drug=regimen, pump="port")
    doses = next(one for one in found.exhibits if one.title.startswith("Doses: "))
    assert next(row for row in doses.rows if row[0] == drug)[3] == mg


def test_what_runs_by_port_into_the_artery_has_an_exposure():
    found = plan(drug="folfox", pump="port")
    rows = {row[0]: row for row in table(found, "Exposure while it runs, at rest").rows}
    assert set(rows) == {"oxaliplatin", "5-fluorouracil"}
    assert rows["oxaliplatin"][-1] == "unverified"
    assert float(rows["5-fluorouracil"][3].split()[0]) > 1.0


BAD = {
    "--drug cisplatin": "is not for an implanted pump",
    "--drug fudr --pump port": "is not known",
    "--tests ast": "is no test",
    "--tests ast=40": "is no test",
    "--tests ast=x:3": "is no number",
    "--tests ggt=40:80": "no test of the dose table",
    "--flow -1": "is not possible",
}


@pytest.mark.parametrize(("words", "says"), BAD.items())
def test_bad_infusions_are_one_clear_line(words, says, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["liverboard", "infuse", "nowhere", *words.split()])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    assert says in lines[0]


def test_a_pump_is_prescribed_on_the_command_line_from_a_record_alone(tmp_path):
    (tmp_path / "case.yaml").write_text(yaml.safe_dump(RECORD))
    program = [sys.executable, "-c", "from liverboard.cli import main; main()"]
    asked = [*program, "infuse", str(tmp_path), "--flow", "1.2"]
    ran = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    # 0.12 x 75 x 30 / 1.2 = 225 mg
    assert "drug in a full pump | 225 mg" in ran.stdout


def test_the_example_fills_the_pump_of_h1():
    root = Path(__file__).resolve().parents[2]
    spec = importlib.util.spec_from_file_location("pump", root / "examples" / "pump.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # H1, second row: 0.12 mg/kg, 110 kg, 165 cm, woman, 1.2 ml/day
    assert module.filled(module.invented()).details["fill_mg"] == 250.0
    program = [sys.executable, str(root / "examples" / "pump.py")]
    ran = subprocess.run(program, capture_output=True, text=True, check=False)
    assert ran.stdout.startswith("dosed by 83.45 kg: 250 mg")
