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
from asyncua.server.history_sql import HistorySQLite

URL, TENANT = os.environ["THERIAC_URL"], os.environ["THERIAC_TENANT"]
TOKEN, BINARY = os.environ["THERIAC_TOKEN"], os.environ["THERIAC_BIN"]
START = datetime(2026, 11, 20, 8, 0, tzinfo=timezone.utc)
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
        settings = f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
        settings += f"persistence_location {folder}/\nautosave_interval 1\nautosave_on_changes true\nuser root\n"
        settings += "max_queued_messages 0\n"
        (folder / "mosquitto.conf").write_text(settings)

    def start(self):
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        log = open(self.folder / "mosquitto.log", "a")
        self.process = subprocess.Popen([program, "-c", self.folder / "mosquitto.conf"], stdout=log, stderr=log)
        until(lambda: listening(self.port), "the broker listens")

    def stop(self):
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
    def __init__(self, folder, door, broker, opcua_port):
        self.folder = folder
        (folder / "token").write_text(TOKEN)
        (folder / "connect.toml").write_text(
            f"""
gateway = "http://127.0.0.1:{door.own}"
tenant = "{TENANT}"
token_file = "{folder}/token"
spool = "{folder}/spool"
[[mqtt]]
client_id = "theriac-drive"
broker = "127.0.0.1:{broker.port}"
[[mqtt.topics]]
filter = "plant/+/+"
property = "{{1}}.{{2}}"
[[mqtt.sparkplug]]
group = "works"
property = "{{device}}.{{metric}}"
[[opcua]]
name = "oven"
endpoint = "opc.tcp://127.0.0.1:{opcua_port}/"
publishing_ms = 50
nodes = [{{ id = "ns=2;s=Oven.Temperature", property = "oven1.temperature" }}]
"""
        )
        self.process = None

    def start(self):
        log = open(self.folder / "connect.log", "a")
        self.process = subprocess.Popen([BINARY, "connect", self.folder / "connect.toml"], stdout=log, stderr=log)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Source:
    """Publishes with quality of service 1 and waits for the broker's word."""

    def __init__(self, broker):
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self.client.reconnect_delay_set(0, 1)
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()

    def publish(self, topic, payload):
        self.client.publish(topic, payload, qos=1).wait_for_publish(PATIENCE)

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
    """The OPC UA server; its history stands in a file, and so outlives it."""

    def __init__(self, folder):
        self.port, self.folder, self.server = free_port(), folder, None

    async def start(self):
        self.server = Server()
        history = HistorySQLite(str(self.folder / "history.db"))
        await history.init()
        self.server.iserver.history_manager.set_storage(history)
        await self.server.init()
        self.server.set_endpoint(f"opc.tcp://127.0.0.1:{self.port}/")
        await self.server.register_namespace("urn:drive")
        oven = await self.server.nodes.objects.add_object(ua.NodeId("Oven", 2), "Oven")
        self.node = await oven.add_variable(ua.NodeId("Oven.Temperature", 2), "2:Temperature", 0.0)
        await self.server.start()
        await self.server.historize_node_data_change(self.node, count=100000)

    async def write(self, second, value):
        at = moment(second).replace(tzinfo=None)
        data = ua.DataValue(ua.Variant(value, ua.VariantType.Double), SourceTimestamp=at, ServerTimestamp=at)
        await self.node.write_value(data)

    async def stop(self):
        await self.server.stop()


CASES = []


def expected(count):
    return [value for value in range(count)]


def values_of(prop):
    return [int(value) for at, value in readings(prop) if at >= "2026-11-20T08:00:00" and at < "2026-11-21"]


async def case(name, prop, count):
    """Every value is there, once, in the order of its time."""
    try:
        await until_async(lambda: len(values_of(prop)) >= count, f"{count} values of {prop}")
        found = values_of(prop)
        assert found == expected(count), f"{len(found)} values, {len(set(found))} different, first wrong at " + str(
            next((i for i, (a, b) in enumerate(zip(found, expected(count))) if a != b), min(len(found), count))
        )
        print(f"ok {name}", flush=True)
    except AssertionError as why:
        print(f"fail {name}: {why}", flush=True)


async def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="theriac-plant-"))
    for place, prop in [("press1", "force"), ("press2", "force"), ("oven1", "temperature")]:
        body = {"id": place, "equipmentLevel": "WorkUnit", "properties": [{"id": prop}]}
        gateway("PUT", f"isa95/equipment/{place}", body)
    door, broker, oven = Door(), Broker(folder), Oven(folder)
    connector = Connector(folder, door, broker, oven.port)
    try:
        await door.open()
        broker.start()
        await oven.start()
        connector.start()
        source = Source(broker)
        await flow(door, broker, oven, connector, source)
        source.stop()
    finally:
        connector.stop()
        broker.stop()
        await oven.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def flow(door, broker, oven, connector, source):
    sent = {"mqtt": 0, "sparkplug": 0, "opcua": 0}
    seq = 0

    async def some(count, opcua=True):
        nonlocal seq
        for _ in range(count):
            second = sent["mqtt"]
            payload = json.dumps({"value": second, "timestamp": moment(second).isoformat()})
            await asyncio.to_thread(source.publish, "plant/press1/force", payload)
            sent["mqtt"] += 1
            seq = (seq + 1) % 256
            data = sparkplug(seq, sent["sparkplug"], [(None, 7, float(sent["sparkplug"]))])
            await asyncio.to_thread(source.publish, "spBv1.0/works/DDATA/line1/press2", data)
            sent["sparkplug"] += 1
            if opcua:
                await oven.write(sent["opcua"], float(sent["opcua"]))
                sent["opcua"] += 1

    def birth():
        nonlocal seq
        seq = 1
        source.publish("spBv1.0/works/NBIRTH/line1", sparkplug(0, -1, [("bdSeq", 0, 0.0)]))
        source.publish("spBv1.0/works/DBIRTH/line1/press2", sparkplug(1, -1, [("force", 7, -1.0)]))

    # The first words of each source show that the connector listens.
    await until_async(lambda: "connected" in (connector.folder / "connect.log").read_text(), "the connector listens")
    await asyncio.sleep(2)
    await asyncio.to_thread(birth)
    await some(40)
    await case("values of MQTT, Sparkplug B and OPC UA arrive", "press1.force", 40)
    await case("Sparkplug B", "press2.force", 40)
    await case("OPC UA", "oven1.temperature", 40)

    await door.shut()
    await some(40)
    await door.open()
    await case("nothing is lost while the gateway is away", "press1.force", 80)
    await case("nor of OPC UA", "oven1.temperature", 80)

    connector.kill()
    await some(20)
    connector.start()
    await asyncio.sleep(2)
    await asyncio.to_thread(birth)
    sent["sparkplug"] = 80
    await some(20)
    await case("the connector is killed and begins where it was: MQTT", "press1.force", 120)
    await case("the connector is killed and begins where it was: OPC UA", "oven1.temperature", 120)
    await case("a Sparkplug node is born again", "press2.force", 100)

    broker.stop()
    broker.start()
    await asyncio.sleep(3)
    await some(20, opcua=False)
    await case("the broker is restarted", "press1.force", 140)
    await oven.stop()
    await oven.start()
    await asyncio.sleep(4)
    for _ in range(20):
        await oven.write(sent["opcua"], float(sent["opcua"]))
        sent["opcua"] += 1
    await case("the OPC UA server is restarted", "oven1.temperature", 140)


asyncio.run(main())
