"""A plant in small: an OPC UA server (asyncua), an MQTT broker (Mosquitto) with a plain and a Sparkplug B source, and
`theriac connect` between them and the gateway at THERIAC_URL. Each side is ended and started again while values flow;
in the end the gateway must hold every value, once.

One line a case on stdout: "ok NAME" or "fail NAME: why".
"""

import asyncio
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request
from datetime import datetime, timedelta, timezone

import paho.mqtt.client as mqtt
from asyncua import Server, ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.crypto.validator import CertificateValidator, CertificateValidatorOptions
from asyncua.server.history_sql import HistorySQLite
from cryptography.hazmat.primitives.serialization import Encoding

from certificates import application, authority

URL, TENANT = os.environ["THERIAC_URL"], os.environ["THERIAC_TENANT"]
TOKEN, BINARY = os.environ["THERIAC_TOKEN"], os.environ["THERIAC_BIN"]
START = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=1)
PATIENCE = 90


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def gateway(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    request = urllib.request.Request(f"{URL}/{TENANT}/{path}", data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def readings(prop):
    page = gateway("GET", f"isa95/readings?property={prop}&count=100000")
    return [(reading["time"], reading["value"]) for reading in page["readings"]]


def moment(second):
    return START + timedelta(seconds=second)


class Door:
    """A way to the gateway that can be shut."""

    def __init__(self):
        self.host, self.port = URL.split("//")[1].split(":")
        self.own, self.server, self.open_ways = free_port(), None, set()

    async def open(self):
        self.server = await asyncio.start_server(self.through, "127.0.0.1", self.own)

    async def shut(self):
        self.server.close()
        for writer in self.open_ways:
            writer.close()
        self.open_ways.clear()

    async def through(self, reader, writer):
        there, back = await asyncio.open_connection(self.host, int(self.port))
        self.open_ways.update((writer, back))

        async def carry(source, sink):
            try:
                while chunk := await source.read(65536):
                    sink.write(chunk)
                    await sink.drain()
            except OSError:
                pass
            finally:
                sink.close()

        await asyncio.gather(carry(reader, back), carry(there, writer))


class Broker:
    def __init__(self, folder):
        self.port, self.folder, self.process = free_port(), folder, None
        self.secure_port = free_port()
        authority(folder)
        program = shutil.which("mosquitto_passwd") or "/usr/bin/mosquitto_passwd"
        subprocess.run([program, "-b", "-c", folder / "passwords", "theriac", "s3cret"], check=True)
        (folder / "password").write_text("s3cret\n")
        settings = f"per_listener_settings true\nlistener {self.port} 127.0.0.1\nallow_anonymous true\n"
        settings += f"listener {self.secure_port} 127.0.0.1\nallow_anonymous false\npassword_file {folder}/passwords\n"
        settings += f"cafile {folder}/ca.pem\ncertfile {folder}/broker.pem\nkeyfile {folder}/broker.key\n"
        settings += "require_certificate true\npersistence true\n"
        settings += f"persistence_location {folder}/\nautosave_interval 1\nautosave_on_changes true\nuser root\n"
        settings += "max_queued_messages 0\n"
        (folder / "mosquitto.conf").write_text(settings)

    def start(self):
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        log = open(self.folder / "mosquitto.log", "a")
        self.process = subprocess.Popen([program, "-c", self.folder / "mosquitto.conf"], stdout=log, stderr=log)
        until(lambda: listening(self.port), "the broker listens")

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(holds, what, patience=PATIENCE):
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {patience} s")
        time.sleep(0.05)


async def until_async(holds, what):
    end = time.monotonic() + PATIENCE
    while not await asyncio.to_thread(holds):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {PATIENCE} s")
        await asyncio.sleep(0.1)


class Connector:
    """`theriac connect` with a folder of its own below that of the plant."""

    all = []

    def __init__(self, folder, name, door, sources):
        self.all.append(self)
        self.folder, self.process = folder / name, None
        self.folder.mkdir()
        (self.folder / "token").write_text(TOKEN)
        self.gateway = f'gateway = "http://127.0.0.1:{door.own}"\ntenant = "{TENANT}"\n'
        self.configure(sources)

    def configure(self, sources):
        kept = f'token_file = "{self.folder}/token"\nspool = "{self.folder}/spool"\n'
        (self.folder / "connect.toml").write_text(self.gateway + kept + sources)

    def log(self):
        return (self.folder / "connect.log").read_text()

    def start(self):
        log = open(self.folder / "connect.log", "a")
        # The driver's own variables would be taken for settings of the program.
        clean = {name: value for name, value in os.environ.items() if not name.startswith("THERIAC_")}
        command = [BINARY, "connect", self.folder / "connect.toml"]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, env=clean)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


def sources(folder, broker, oven, kiln):
    return f"""
[[mqtt]]
client_id = "theriac-drive"
broker = "127.0.0.1:{broker.port}"
[[mqtt.topics]]
filter = "plant/+/+"
property = "{{1}}.{{2}}"
[[mqtt.sparkplug]]
group = "works"
property = "{{device}}.{{metric}}"
[[mqtt]]
client_id = "theriac-secure"
broker = "localhost:{broker.secure_port}"
username = "theriac"
password_file = "{folder}/password"
[mqtt.tls]
ca_file = "{folder}/ca.pem"
certificate_file = "{folder}/connector.pem"
key_file = "{folder}/connector.key"
[[mqtt.topics]]
filter = "bare/+/+"
property = "{{1}}.{{2}}"
format = "number"
[[opcua]]
name = "oven"
endpoint = "opc.tcp://127.0.0.1:{oven.port}/"
publishing_ms = 50
nodes = [{{ id = "ns=2;i=1001", property = "oven1.temperature" }}]
""" + secured(folder, kiln, "password")


def secured(folder, kiln, password):
    """Basic256Sha256 to a server that knows this certificate and this user."""
    return f"""
[[opcua]]
name = "kiln"
endpoint = "opc.tcp://127.0.0.1:{kiln.port}/"
publishing_ms = 50
nodes = [{{ id = "ns=2;i=1001", property = "kiln1.temperature" }}]
[opcua.security]
policy = "Basic256Sha256"
trust = ["{folder}/kiln.der"]
certificate_file = "{folder}/client.der"
key_file = "{folder}/client.key"
application_uri = "urn:drive:client"
[opcua.user]
name = "theriac"
password_file = "{folder}/{password}"
"""


def sent_by(message):
    def holds():
        with message._condition:
            return message._published

    return holds


class Source:
    """Publishes with quality of service 1 and waits for the broker's word."""

    def __init__(self, broker):
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self.client.reconnect_delay_set(0, 1)
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()

    def publish(self, topic, payload, retain=False):
        """What is published while the broker is away waits in the client."""
        sent = self.client.publish(topic, payload, qos=1, retain=retain)
        until(sent_by(sent), f"the broker takes a message on {topic}")

    def stop(self):
        self.client.loop_stop()


def varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def field(number, kind, value):
    return varint(number << 3 | kind) + value


def sparkplug(seq, second, metrics):
    """A payload in protocol buffers: timestamp 1, metrics 2, seq 3."""
    at = int(moment(second).timestamp() * 1000)
    parts = [field(1, 0, varint(at))]
    for name, alias, value in metrics:
        metric = b"" if name is None else field(1, 2, varint(len(name)) + name.encode())
        metric += field(2, 0, varint(alias)) + field(3, 0, varint(at))
        if name is not None:
            metric += field(4, 0, varint(10))
        metric += field(13, 1, struct.pack("<d", value))
        parts.append(field(2, 2, varint(len(metric)) + metric))
    return b"".join([*parts, field(3, 0, varint(seq))])


class Oven:
    """An OPC UA server; its history stands in a file, and so outlives it."""

    name = "oven"

    def __init__(self, folder):
        self.port, self.folder, self.server = free_port(), folder, None

    async def prepare(self):
        self.server = Server()

    async def start(self):
        await self.prepare()
        history = HistorySQLite(str(self.folder / f"{self.name}.db"))
        await history.init()
        self.server.iserver.history_manager.set_storage(history)
        await self.server.init()
        await self.secure()
        self.server.set_endpoint(f"opc.tcp://127.0.0.1:{self.port}/")
        await self.server.register_namespace("urn:drive")
        place = await self.server.nodes.objects.add_object(ua.NodeId(1000, 2), self.name)
        # What the variable holds before the first value of the flow is below zero.
        self.node = await place.add_variable(ua.NodeId(1001, 2), "2:Temperature", -1.0)
        await self.server.start()
        await self.server.historize_node_data_change(self.node, count=100000)

    async def secure(self):
        """The oven is open to everybody."""

    async def write(self, value):
        """The source's time is now: a server's history is read by it."""
        at = datetime.now(timezone.utc)
        data = ua.DataValue(ua.Variant(value, ua.VariantType.Double), SourceTimestamp=at, ServerTimestamp=at)
        await self.node.write_value(data)

    async def stop(self):
        await self.server.stop()


class Kiln(Oven):
    """Speaks one policy alone, to certificates that it trusts and to one user."""

    name, policy, tokens = "kiln", ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt, [ua.UserNameIdentityToken]

    def __init__(self, folder, trusted):
        super().__init__(folder)
        self.trusted = trusted

    async def prepare(self):
        self.server = Server(user_manager=self)

    async def secure(self):
        self.server.set_security_policy([self.policy])
        self.server.set_identity_tokens(self.tokens)
        await self.server.load_certificate(self.folder / f"{self.name}.der")
        await self.server.load_private_key(self.folder / f"{self.name}.key", format="pem")
        self.server.set_certificate_validator(self.validate)

    async def validate(self, certificate, description):
        options = CertificateValidatorOptions.EXT_VALIDATION | CertificateValidatorOptions.PEER_CLIENT
        await CertificateValidator(options).validate(certificate, description)
        if certificate.public_bytes(Encoding.DER) not in [path.read_bytes() for path in self.trusted]:
            raise ServiceError(ua.StatusCodes.BadCertificateUntrusted)

    def get_user(self, iserver, username=None, password=None, certificate=None):
        return User(role=UserRole.User) if (username, password) == ("theriac", "s3cret") else None


class Autoclave(Kiln):
    """Another policy; its user is known by a certificate."""

    name, policy, tokens = "autoclave", ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt, [ua.X509IdentityToken]

    def get_user(self, iserver, username=None, password=None, certificate=None):
        known = certificate == (self.folder / "ann.der").read_bytes()
        return User(role=UserRole.User) if known else None


def values_of(prop):
    """In the order of their times."""
    return [int(value) for _, value in sorted(readings(prop)) if value >= 0]


async def case(name, prop, count):
    """Every value is there, once, in the order of its time."""
    try:
        await until_async(lambda: len(values_of(prop)) >= count, f"{count} values of {prop}")
        # What comes twice may come late.
        await asyncio.sleep(1)
        found = values_of(prop)
        missing = [value for value in range(count) if value not in found]
        wrong = f"{len(found)} values for {count}, missing {missing[:9]}, twice or wrong {len(found) - len(set(found))}"
        assert found == list(range(count)), wrong
        print(f"ok {name}", flush=True)
    except AssertionError as why:
        print(f"fail {name}: {why}", flush=True)


PLACES = {"press1": "force", "press2": "force", "press3": "force"}
PLACES |= {"oven1": "temperature", "kiln1": "temperature", "autoclave1": "temperature"}


async def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="theriac-plant-"))
    for place, prop in PLACES.items():
        body = {"id": place, "equipmentLevel": "WorkUnit", "properties": [{"id": prop}]}
        gateway("PUT", f"isa95/equipment/{place}", body)
    for name in ["kiln", "autoclave", "client", "ann"]:
        await application(folder, name)
    door, broker, oven, kiln = Door(), Broker(folder), Oven(folder), Kiln(folder, [folder / "client.der"])
    connector = Connector(folder, "line", door, sources(folder, broker, oven, kiln))
    try:
        await door.open()
        broker.start()
        await asyncio.gather(oven.start(), kiln.start())
        source = Source(broker)
        # Kept by the broker and sent at every subscription: of no known time, and so no reading.
        await asyncio.to_thread(source.publish, "bare/press3/force", "999", True)
        connector.start()
        await flow(door, broker, (oven, kiln), connector, source)
        await asyncio.to_thread(source.stop)
        await refused(folder, door, kiln)
        await trust(folder, door)
    finally:
        for one in Connector.all:
            await asyncio.to_thread(one.stop)
        await asyncio.to_thread(broker.stop)
        await asyncio.gather(oven.stop(), kiln.stop())
        shutil.rmtree(folder, ignore_errors=True)


async def refused(folder, door, kiln):
    """A wrong password opens no session."""
    (folder / "wrong").write_text("guess")
    connector = Connector(folder, "wrong-word", door, secured(folder, kiln, "wrong"))
    await said(connector, "a wrong password is refused", "BadUserAccessDenied")
    await asyncio.to_thread(connector.stop)


async def said(connector, name, word):
    connector.start()
    try:
        await until_async(lambda: word in connector.log(), f"the connector says {word}")
        print(f"ok {name}", flush=True)
    except AssertionError as why:
        print(f"fail {name}: {why}: {connector.log()[-300:]!r}".replace("\n", " "), flush=True)


async def trust(folder, door):
    """As the page says it: each side shows its certificate, and somebody puts it into the other's list."""
    autoclave = Autoclave(folder, [])
    await autoclave.start()
    text = f"""
[[opcua]]
name = "autoclave"
endpoint = "opc.tcp://127.0.0.1:{autoclave.port}/"
publishing_ms = 50
nodes = [{{ id = "ns=2;i=1001", property = "autoclave1.temperature" }}]
[opcua.user]
certificate_file = "{folder}/ann.der"
key_file = "{folder}/ann.key"
"""
    connector = Connector(folder, "stranger", door, text)
    await said(connector, "a server that nobody trusts is not spoken to", "is not trusted")
    await asyncio.to_thread(connector.stop)
    offered = connector.folder / "spool/opcua-autoclave-offered.der"
    same = offered.read_bytes() == (folder / "autoclave.der").read_bytes()
    print("ok its certificate is shown" if same else "fail its certificate is shown: another was put down", flush=True)
    text = f'{text}[opcua.security]\ntrust = ["{offered}"]\n'
    connector.configure(text)
    await said(connector, "a connector that the server does not trust is refused", "does the server trust")
    autoclave.trusted.append(connector.folder / "spool/opcua-autoclave-pki/own/cert.der")
    await until_async(lambda: "connected" in connector.log(), "the connector is let in")
    for value in range(20):
        await autoclave.write(float(value))
        await asyncio.sleep(0.01)
    await case("values arrive when both trust each other", "autoclave1.temperature", 20)
    await asyncio.to_thread(connector.stop)
    await autoclave.stop()


class Flow:
    """What the plant's devices send: numbers from 0 on, each kind its own."""

    def __init__(self, servers, source):
        self.servers, self.source, self.seq = servers, source, 0
        self.sent = {"mqtt": 0, "secure": 0, "sparkplug": 0, "opcua": 0}

    def publish_mqtt(self):
        number = self.sent["mqtt"]
        payload = json.dumps({"value": number, "timestamp": moment(number).isoformat()})
        self.source.publish("plant/press1/force", payload)
        self.sent["mqtt"] += 1

    def publish_bare(self):
        """A number without a time, heard over TLS."""
        self.source.publish("bare/press3/force", str(self.sent["secure"]))
        self.sent["secure"] += 1

    def publish_sparkplug(self):
        number, self.seq = self.sent["sparkplug"], (self.seq + 1) % 256
        data = sparkplug(self.seq, number, [(None, 7, float(number))])
        self.source.publish("spBv1.0/works/DDATA/line1/press2", data)
        self.sent["sparkplug"] += 1

    def birth(self):
        self.seq = 1
        self.source.publish("spBv1.0/works/NBIRTH/line1", sparkplug(0, -1, [("bdSeq", 0, 0.0)]))
        self.source.publish("spBv1.0/works/DBIRTH/line1/press2", sparkplug(1, -1, [("force", 7, -1.0)]))

    async def mqtt(self, count):
        for _ in range(count):
            await asyncio.to_thread(self.publish_mqtt)
            await asyncio.to_thread(self.publish_bare)
            await asyncio.to_thread(self.publish_sparkplug)

    async def opcua(self, count):
        for _ in range(count):
            for server in self.servers:
                await server.write(float(self.sent["opcua"]))
            self.sent["opcua"] += 1
            await asyncio.sleep(0.01)

    async def all(self, count):
        await asyncio.gather(self.mqtt(count), self.opcua(count))

    async def arrived(self, what):
        await case(f"{what}: MQTT", "press1.force", self.sent["mqtt"])
        await case(f"{what}: bare numbers over TLS", "press3.force", self.sent["secure"])
        await case(f"{what}: Sparkplug B", "press2.force", self.sent["sparkplug"])
        await case(f"{what}: OPC UA", "oven1.temperature", self.sent["opcua"])
        await case(f"{what}: OPC UA, encrypted", "kiln1.temperature", self.sent["opcua"])


async def flow(door, broker, servers, connector, source):
    plant = Flow(servers, source)
    await until_async(lambda: connector.log().count("connected") >= 4, "the connector listens")
    await asyncio.sleep(2)
    await asyncio.to_thread(plant.birth)
    await plant.all(40)
    await plant.arrived("values arrive")

    async def gateway_away():
        for _ in range(3):
            await asyncio.sleep(0.3)
            await door.shut()
            await asyncio.sleep(1)
            await door.open()

    await asyncio.gather(plant.all(120), gateway_away())
    await plant.arrived("the gateway goes away again and again")

    async def killed():
        for _ in range(3):
            await asyncio.sleep(0.4)
            await asyncio.to_thread(connector.kill)
            await asyncio.sleep(0.4)
            connector.start()
            await asyncio.sleep(1.5)

    await asyncio.gather(plant.all(200), killed())
    await plant.arrived("the connector is killed while values flow")

    await door.shut()
    await plant.all(40)
    await asyncio.to_thread(connector.kill)
    await plant.all(20)
    connector.start()
    await door.open()
    await plant.arrived("the connector is killed while the gateway is away")

    async def broker_again():
        await asyncio.sleep(0.3)
        await asyncio.to_thread(broker.stop)
        await asyncio.sleep(1)
        await asyncio.to_thread(broker.start)

    await asyncio.gather(plant.mqtt(100), broker_again())
    await plant.arrived("the broker is restarted while values flow")

    await plant.all(20)
    await asyncio.gather(*[server.stop() for server in servers])
    await plant.mqtt(20)
    await asyncio.gather(*[server.start() for server in servers])
    await plant.all(60)
    await plant.arrived("the OPC UA servers are restarted")


asyncio.run(main())
