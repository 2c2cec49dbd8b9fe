"""Schemathesis against the server at THERIAC_URL and THERIAC_TENANT, by the standard's own OpenAPI document.

The document is read from the folder THERIAC_CONFORMANCE_DATA and repaired where it contradicts itself or the standard's
text; each repair says why. One line an operation on stdout: "ok NAME" or "fail NAME: why".
"""

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as xml
from pathlib import Path

DOCUMENT = Path(os.environ["THERIAC_CONFORMANCE_DATA"]) / "epcis/reference/gs1/REST-Bindings/openapi.json"
BASE = f"{os.environ['THERIAC_URL']}/{os.environ['THERIAC_TENANT']}/epcis"
PROBLEM = {"$ref": "#/components/schemas/RFC7807ProblemResponseBody"}
SCHEDULE = r"^(\d{1,2}|\[\d{1,2}-\d{1,2}\])(,(\d{1,2}|\[\d{1,2}-\d{1,2}\]))*$"

# Refusals that the document leaves out of some operations: malformed parameters, conditions that do not hold, limits,
# and what only the edge of a server can say.
REFUSALS = {
    "400": "a parameter or a body is malformed",
    "404": "a resource of the address does not exist",
    "405": "the method is not taken",
    "406": "a version or format cannot be given",
    "409": "it exists already",
    "412": "a condition does not hold",
    "413": "too large",
    "414": "the address is too long",
    "415": "the media type is not taken",
    "501": "a part of the standard that this server names as missing",
}

# A capture is taken in by its frame and judged in its job.
#
# What the document calls valid may break a rule of the text: eventCountLimit wants orderBy, limits exclude each other, a
# schedule and a stream exclude each other, an event has semantic rules beyond its schema.
CONFIG = """
[checks]
positive_data_acceptance.enabled = false

[[operations]]
include-name = "POST /capture"
checks.negative_data_rejection.enabled = false
"""


def repaired():
    document = json.loads(DOCUMENT.read_text())
    components = document["components"]
    schemas = components["schemas"]
    for field in ["Second", "Minute", "Hour", "DayOfMonth", "Month", "DayOfWeek"]:
        # Recursive groups and the class [0-59] are no ECMA-262.
        schemas[f"GS1-Query-{field}"]["pattern"] = SCHEDULE
    # A member that does not exist; it is called signatureToken, and is optional.
    schemas["AbstractQuerySubscription"]["required"].remove("secret")
    # An object by its schema, a list of name=value by its example and the text; the example holds a line break.
    pair = r"[A-Za-z][A-Za-z0-9_.\-]*=[A-Za-z][A-Za-z0-9+.\-]*:[!#-+\--;=?-Z_a-z~]+"
    schemas["GS1-Extensions"].update(type="string", pattern=f"^{pair}(,{pair})*$")
    schemas["GS1-Extensions"]["example"] = "example=https://example.com/"
    # A field of Link is no URI: the URI stands in it between angle brackets.
    schemas["Link"].pop("format", None)
    # Neither member is required, so that both branches always hold.
    job = schemas["CaptureJob"]["allOf"][1]
    job["anyOf"] = job.pop("oneOf")
    # A stream is true and so cannot default to anything.
    schemas["GS1-Query-Stream"].pop("default", None)
    # Its example is a bare word, which is no URI.
    components["parameters"]["Disposition"]["schema"].pop("format", None)
    # By its example, and by what is created, one query is an object and no list.
    one = document["paths"]["/queries/{queryName}"]["get"]["responses"]["200"]["content"]["application/json"]
    one["schema"] = one["schema"]["items"]
    # Beside all others this answer is not said to be a problem.
    refusal = components["responses"]["400SubscriptionIssues"]["content"]
    refusal["application/problem+json"] = refusal.pop("application/json")
    names = {"404ResourceNotFound": "NoSuchResourceException", "400SubscriptionIssues": "QueryParameterException"}
    for response, name in names.items():
        # The example of one, and the parameters of a page in the other, are of a kind that the list leaves out.
        for content in components["responses"][response]["content"].values():
            content["schema"]["allOf"][0]["properties"]["type"]["enum"].append(f"epcisException:{name}")
    for content in components["responses"]["409ResourceAlreadyExistsException"]["content"].values():
        # A 409 says that it is a 406.
        content["schema"]["allOf"][0]["properties"]["status"].update(enum=[409], default=409)
    # Whoever asks for an upgrade speaks WebSocket from then on; the black-box tests do.
    upgrade = document["paths"]["/queries/{queryName}/events"]["get"]
    upgrade["parameters"] = [p for p in upgrade["parameters"] if not p["$ref"].endswith(("/Upgrade", "/Connection"))]
    for path in document["paths"].values():
        for method, operation in path.items():
            if method in {"get", "post", "delete", "options"}:
                complete(operation["responses"])
    return document


def complete(responses):
    for status, description in REFUSALS.items():
        content = {"application/problem+json": {"schema": PROBLEM}}
        responses.setdefault(status, {"description": description, "content": content})


def send(path, body=None):
    headers = {"Authorization": f"Bearer {os.environ['THERIAC_TOKEN']}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{BASE}{path}", data=body, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return answer.headers.get("Location"), answer.read()


def furnished():
    """GS1's own examples as events, and the named query that the document speaks of."""
    folder = DOCUMENT.parents[3] / "gs1/JSON"
    for example in sorted(folder.rglob("*.jsonld")):
        try:
            location, _ = send("/capture", example.read_bytes())
        except urllib.error.HTTPError:
            continue  # The suite epcis_documents judges what is captured.
        while json.loads(send("/capture/" + location.rsplit("/", 1)[1])[1])["running"]:
            time.sleep(0.02)
    send("/queries", json.dumps({"name": "myQuery", "query": {"eventType": ["ObjectEvent"]}}).encode())


def main():
    furnished()
    Path("openapi.json").write_text(json.dumps(repaired()))
    Path("schemathesis.toml").write_text(CONFIG)
    report = Path("report.xml")
    report.unlink(missing_ok=True)
    command = [
        str(Path("venv/bin/schemathesis").resolve()), "run", "openapi.json", "--url", BASE,
        "--header", f"Authorization:Bearer {os.environ['THERIAC_TOKEN']}",
        "--max-examples", os.environ.get("THERIAC_CONFORMANCE_EXAMPLES", "20"), "--seed", "20",
        "--phases", "examples,coverage,fuzzing,stateful", "--suppress-health-check", "all", "--warnings", "off",
        "--report", "junit", "--report-junit-path", str(report), "--continue-on-failure", "--request-timeout", "60",
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    Path("output.txt").write_text(done.stdout)
    if not report.exists():
        sys.exit(done.stdout[-2000:])
    for case in xml.parse(report).getroot().iter("testcase"):
        faults = [fault for kind in ["failure", "error"] for fault in case.findall(kind)]
        name = case.get("name")
        if not faults:
            print(f"ok {name}")
        else:
            said = re.sub(r"\s+", " ", " ".join(fault.get("message") or fault.text or "" for fault in faults))
            print(f"fail {name}: {said[:600]}")


main()
