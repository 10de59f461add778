"""What need not be typed again: what the files of applicant and agent answer of a form. The counter fills it in, from home it
stands in the fields to be looked through."""

from __future__ import annotations

from apps.applications.models import Application
from apps.directory.queries_mandates import representatives
from apps.web.numbers import PERSON

# Of an applicant whom the person before the screen only stands for by authority: nothing that the mandate did not tell him.
TOLD = {"applicant_name", "enterprise_name", "uscc"}
HIS_OWN = {"contact_name", "contact_phone", "agent_name", "agent_id", "agent_mobile"}  # if he is the agent


def known_answers(row: Application) -> dict:
    """What the files of applicant and agent answer of this form."""
    applicant, agent = row.applicant, row.agent
    person = applicant.kind == PERSON
    leader = (applicant.name, applicant.id_number) if person else (applicant.legal_rep_name, applicant.legal_rep_id)
    known = {
        "legal_rep_name": leader[0],
        "legal_rep_id": leader[1],
        "contact_name": agent.name if agent else leader[0],
        "contact_phone": (agent.mobile if agent else "") or applicant.mobile,
    }
    if person:
        known |= {
            "applicant_name": applicant.name,
            "applicant_id": applicant.id_number,
            "applicant_gender": "male" if int(applicant.id_number[16]) % 2 else "female",
            "applicant_mobile": applicant.mobile,
            "applicant_address": applicant.address,
            "legal_rep_mobile": applicant.mobile,
        }
    else:
        known |= {"enterprise_name": applicant.name, "uscc": applicant.id_number}
    if agent:
        known |= {"agent_name": agent.name, "agent_id": agent.id_number, "agent_mobile": agent.mobile}
    elements = {element["element"] for element in row.plan["elements"]}
    return {code: value for code, value in known.items() if value and code in elements}


def known_at_home(row: Application, me: int) -> dict:
    """The same for the citizen who files it: of another's file only what he knows already, unless he stands for him by law."""
    known = known_answers(row)
    if row.agent_id is None or me in representatives(row.applicant_id):
        return known
    if not row.agent.mobile:
        known.pop("contact_phone", None)  # it is the applicant's then
    return {code: value for code, value in known.items() if code in TOLD or (code in HIS_OWN and row.agent_id == me)}
