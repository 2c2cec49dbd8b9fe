"""Schemathesis against the server's own OpenAPI document, once with a token of every role.

The document is the one the server gives at /openapi.json, with the tenant filled in. THERIAC_TOKENS names a token for each
role. One line an operation and role on stdout: "ok ROLE METHOD PATH" or "fail ROLE METHOD PATH: why".

THERIAC_CONFORMANCE_EXAMPLES: random examples an operation beside the systematic ones; 3 if it is not given.
THERIAC_CONFORMANCE_ROLES: roles to run, separated by commas; all if it is not given.
THERIAC_CONFORMANCE_PARALLEL: roles at once; 2 if it is not given.
"""

import json
import os
import re
import subprocess
import sys
import urllib.request
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

URL = os.environ["THERIAC_URL"]
TENANT = os.environ["THERIAC_TENANT"]
TOKENS = json.loads(os.environ["THERIAC_TOKENS"])

# What the document calls valid may break a rule that no schema says: a reference must lead somewhere, a scope must suit a
# role, a code must be one that was given out. That valid data is taken, other suites show.
#
# A capture is taken in by its frame and judged in its job; of readings each is refused for itself, in an answer of success.
CONFIG = f"""
[checks]
positive_data_acceptance.enabled = false

[[operations]]
include-name = "POST /{TENANT}/epcis/capture"
checks.negative_data_rejection.enabled = false

[[operations]]
include-name = "POST /{TENANT}/isa95/readings"
checks.negative_data_rejection.enabled = false
"""


def document():
    with urllib.request.urlopen(f"{URL}/openapi.json") as answer:
        document = json.load(answer)
    paths = {}
    for path, item in document["paths"].items():
        for operation in item.values():
            parameters = operation.get("parameters", [])
            operation["parameters"] = [p for p in parameters if p.get("name") != "tenant"]
        paths[path.replace("{tenant}", TENANT)] = item
    document["paths"] = paths
    return document


def run(role):
    folder = Path("roles") / role
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openapi.json").write_text(json.dumps(document()))
    (folder / "schemathesis.toml").write_text(CONFIG)
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    command = [
        str(Path("venv/bin/schemathesis").resolve()), "run", "openapi.json", "--url", URL,
        "--header", f"Authorization:Bearer {TOKENS[role]}",
        "--max-examples", os.environ.get("THERIAC_CONFORMANCE_EXAMPLES", "3"), "--seed", "20",
        "--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all", "--warnings", "off",
        "--report", "junit", "--report-junit-path", "report.xml", "--continue-on-failure", "--request-timeout", "60",
    ]
    with (folder / "output.txt").open("w") as output:
        subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, cwd=folder, check=False)
    if not report.exists():
        return [f"fail {role} the run itself: {tail(folder)}"]
    return [case(role, element) for element in xml.parse(report).getroot().iter("testcase")]


def tail(folder):
    return re.sub(r"\s+", " ", (folder / "output.txt").read_text()[-1500:])


def case(role, element):
    faults = [fault for kind in ["failure", "error"] for fault in element.findall(kind)]
    name = f"{role} {element.get('name')}".replace(f"/{TENANT}", "/{tenant}")
    if not faults:
        return f"ok {name}"
    # The message is a code; what was sent and answered stands in the text.
    said = re.sub(r"\s+", " ", " ".join(fault.text or fault.get("message") or "" for fault in faults))
    return f"fail {name}: {said[:600]}"


def main():
    wanted = os.environ.get("THERIAC_CONFORMANCE_ROLES", ",".join(TOKENS)).split(",")
    unknown = [role for role in wanted if role not in TOKENS]
    if unknown:
        sys.exit(f"there is no role {unknown[0]}; there are {', '.join(TOKENS)}")
    with ThreadPoolExecutor(max_workers=int(os.environ.get("THERIAC_CONFORMANCE_PARALLEL", "2"))) as pool:
        for lines in pool.map(run, wanted):
            print("\n".join(lines), flush=True)


main()
