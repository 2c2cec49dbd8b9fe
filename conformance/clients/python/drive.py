"""fhirpy and fhirclient against the server at THERIAC_FHIR, with the token THERIAC_TOKEN.

One line a case on stdout: "ok NAME" or "fail NAME: why".
"""

import os

from fhirclient import client as smart
from fhirclient.models.bundle import Bundle
from fhirclient.models.humanname import HumanName
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient
from fhirclient.server import FHIRNotFoundException
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound

BASE, TOKEN = os.environ["THERIAC_FHIR"], os.environ["THERIAC_TOKEN"]
CASES = []


def case(name):
    def add(function):
        CASES.append((name, function))
        return function

    return add


def refused(kind, function):
    try:
        function()
    except kind as error:
        return str(error)
    raise AssertionError(f"was not refused with {kind.__name__}")


def observation(number, subject):
    return {
        "resourceType": "Observation",
        "id": f"py-{number}",
        "status": "final",
        "code": {"text": "heart rate"},
        "subject": {"reference": subject},
        "valueQuantity": {"value": 70 + number, "unit": "/min"},
    }


def transaction(urn, family):
    entries = [
        {"resource": observation(n, urn), "request": {"method": "PUT", "url": f"Observation/py-{n}"}}
        for n in range(5)
    ]
    patient = {"resourceType": "Patient", "name": [{"family": family}]}
    entries.append({"fullUrl": urn, "resource": patient, "request": {"method": "POST", "url": "Patient"}})
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


# fhirpy

py = SyncFHIRClient(BASE, authorization=f"Bearer {TOKEN}")
kept = {}


@case("fhirpy: create and read")
def _():
    patient = py.resource("Patient", name=[{"family": "Lovelace"}], active=True)
    patient.save()
    kept["patient"] = patient
    assert patient.id and patient["meta"]["versionId"] == "1"
    again = py.reference("Patient", patient.id).to_resource()
    assert again["name"] == [{"family": "Lovelace"}], again


@case("fhirpy: update")
def _():
    patient = kept["patient"]
    patient["name"] = [{"family": "King"}]
    patient.save()
    assert patient["meta"]["versionId"] == "2"


@case("fhirpy: its patch is none of R4's, and is told so")
def _():
    said = refused(OperationOutcome, lambda: py.patch("Patient", kept["patient"].id, active=False))
    assert "application/json-patch+json" in said, said


@case("fhirpy: transaction")
def _():
    bundle = py.resource("Bundle", **transaction("urn:uuid:0b0a7b0e-6a4d-4b0e-9d5c-333333333333", "Byron"))
    answer = py.execute("", method="post", data=bundle.serialize())
    assert answer["type"] == "transaction-response" and len(answer["entry"]) == 6, answer


@case("fhirpy: search with paging")
def _():
    found = py.resources("Observation").search(_id=",".join(f"py-{n}" for n in range(5))).sort("_id").limit(2).fetch_all()
    assert [one.id for one in found] == [f"py-{n}" for n in range(5)], found


@case("fhirpy: search with include")
def _():
    bundle = py.resources("Observation").search(_id="py-0").include("Observation", "subject").fetch_raw()
    kinds = sorted(entry["resource"]["resourceType"] for entry in bundle["entry"])
    assert kinds == ["Observation", "Patient"], kinds


@case("fhirpy: search by date and the first of many")
def _():
    assert py.resources("Patient").search(_lastUpdated__ge="2020-01-01").first() is not None


@case("fhirpy: an unknown parameter")
def _():
    assert "famly" in refused(OperationOutcome, lambda: py.resources("Patient").search(famly="x").fetch())


@case("fhirpy: a resource that is wrong")
def _():
    wrong = py.resource("Patient", gender="no")
    assert "Patient.gender" in refused(OperationOutcome, wrong.save)


@case("fhirpy: a version that does not stand")
def _():
    stale = SyncFHIRClient(BASE, authorization=f"Bearer {TOKEN}", extra_headers={"If-Match": 'W/"1"'})
    # fhirpy gives every 412 this name.
    refused(MultipleResourcesFound, lambda: stale.resource("Patient", id=kept["patient"].id).save())


@case("fhirpy: history")
def _():
    history = py.execute(f"Patient/{kept['patient'].id}/_history", method="get")
    assert [entry["resource"]["meta"]["versionId"] for entry in history["entry"]] == ["2", "1"], history


@case("fhirpy: delete")
def _():
    kept["patient"].delete()
    refused(ResourceNotFound, lambda: py.reference("Patient", kept["patient"].id).to_resource())


# fhirclient, the SMART client

server = smart.FHIRClient(settings={"app_id": "theriac-conformance", "api_base": BASE + "/"}).server
server.session.headers["Authorization"] = f"Bearer {TOKEN}"


@case("fhirclient: capability statement")
def _():
    statement = server.capabilityStatement
    assert statement.fhirVersion == "4.0.1" and len(statement.rest[0].resource) > 140


@case("fhirclient: create and read")
def _():
    patient = Patient({"active": True, "name": [{"family": "Hopper"}], "birthDate": "1906-12-09"})
    answer = patient.create(server)
    kept["id"] = answer["id"]
    read = Patient.read(kept["id"], server)
    assert read.name[0].family == "Hopper" and read.birthDate.isostring == "1906-12-09"


@case("fhirclient: update")
def _():
    patient = Patient.read(kept["id"], server)
    name = HumanName()
    name.family = "Murray"
    patient.name = [name]
    assert patient.update(server)["meta"]["versionId"] == "2"


@case("fhirclient: transaction")
def _():
    bundle = Bundle(transaction("urn:uuid:0b0a7b0e-6a4d-4b0e-9d5c-444444444444", "Noether"))
    answer = server.post_json("", bundle.as_json()).json()
    assert Bundle(answer).type == "transaction-response"


@case("fhirclient: search with paging")
def _():
    search = Observation.where({"_id": {"$or": [f"py-{n}" for n in range(5)]}, "_count": "2", "_sort": "_id"})
    found = [one.id for one in search.perform_resources_iter(server)]
    assert found == [f"py-{n}" for n in range(5)], found


@case("fhirclient: search with include")
def _():
    search = Observation.where({"_id": "py-0"}).include("subject", Observation)
    kinds = sorted(one.resource_type for one in search.perform_resources(server))
    assert kinds == ["Observation", "Patient"], kinds


@case("fhirclient: references are resolved")
def _():
    one = Observation.read("py-0", server)
    assert one.subject.resolved(Patient).name[0].family == "Noether"


@case("fhirclient: history")
def _():
    history = Bundle.read_from(f"Patient/{kept['id']}/_history", server)
    assert history.type == "history" and history.total == 2


@case("fhirclient: what is not there")
def _():
    refused(FHIRNotFoundException, lambda: Patient.read("none", server))


@case("fhirclient: delete")
def _():
    Patient.read(kept["id"], server).delete()
    said = refused(Exception, lambda: Patient.read(kept["id"], server))
    assert "410" in said, said


for name, function in CASES:
    try:
        function()
        print(f"ok {name}", flush=True)
    except Exception as error:
        said = f"{type(error).__name__}: {error}".replace("\n", " ")
        print(f"fail {name}: {said[:600]}", flush=True)
