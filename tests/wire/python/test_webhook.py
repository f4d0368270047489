"""The webhook: the ends of tasks as signed CloudEvents, tried until they are taken, with a log and a replay."""

# proves oss: AsyncProcessObject

import base64
import hashlib
import hmac
import http.server
import json
import threading
import urllib.error
import urllib.request

import alibabacloud_oss_v2 as oss
import pytest
from conftest import Server, client_for, fresh_name, until
from media_tasks import b64

pytestmark = pytest.mark.own_server

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests").decode()


class Receiver:
    """Answers with the statuses it is told, 200 after that, and keeps what came."""

    def __init__(self):
        self.heard, self.answers = [], []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.heard.append((dict(self.headers), body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?x=1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()


@pytest.fixture
def hooked():
    receiver = Receiver()
    server = Server(MILLRACE_WEBHOOK_URL=receiver.url, MILLRACE_WEBHOOK_SECRET=SECRET)
    yield server, receiver
    server.close()
    receiver.close()


def ask(server, path, method="GET"):
    request = urllib.request.Request(server.console + path, method=method)
    pair = f"{server.access_key_id}:{server.access_key_secret}".encode()
    request.add_header("Authorization", "Basic " + base64.b64encode(pair).decode())
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_the_end_of_a_task_is_told_signed_until_it_is_taken_and_again_when_asked(hooked):
    server, receiver = hooked
    receiver.answers = [500]
    client, bucket = client_for(server), fresh_name()
    client.put_bucket(oss.PutBucketRequest(bucket=bucket))
    with open(server.fixture("blip.wav"), "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="blip.wav", body=body))
    process = f"audio/convert,f_mp3|sys/saveas,o_{b64('blip.mp3')}"
    result = client.async_process_object(oss.AsyncProcessObjectRequest(bucket=bucket, key="blip.wav", process=process))

    until("the second attempt", lambda: len(receiver.heard) == 2)
    (headers, body), (again, same) = receiver.heard
    assert body == same and headers["webhook-id"] == again["webhook-id"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(b"a secret of the tests", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()
    assert headers["Content-Type"].startswith("application/cloudevents+json")
    event = json.loads(body)
    assert (event["specversion"], event["source"], event["type"]) == ("1.0", "acs.imm", "imm:Task:MediaConvert")
    assert event["id"] == headers["webhook-id"]
    assert event["subject"] == f"acs.imm:{server.region}:{server.account_id}:{event['id']}"
    assert (event["data"]["TaskId"], event["data"]["Status"]) == (result.task_id, "Succeeded")
    assert event["data"]["Targets"][0]["URI"] == f"oss://{bucket}/blip.mp3"

    [logged] = until("its record", lambda: ask(server, "/-/events?state=Delivered")[1]["events"])
    assert (logged["attempts"], logged["outcome"], logged["event"]) == (2, "200", event)
    assert ask(server, f"/-/events/{logged['number']}/replay", "POST")[0] == 202
    until("the replay", lambda: len(receiver.heard) == 3)
    assert receiver.heard[2][1] == body
    assert ask(server, "/-/events/999/replay", "POST")[0] == 409


def test_what_nobody_takes_is_told_after_a_restart(hooked):
    server, receiver = hooked
    receiver.answers = [503] * 100
    client, bucket = client_for(server), fresh_name()
    client.put_bucket(oss.PutBucketRequest(bucket=bucket))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="x.wav", body=b"no sound"))
    process = f"audio/convert,f_mp3|sys/saveas,o_{b64('x.mp3')}"
    client.async_process_object(oss.AsyncProcessObjectRequest(bucket=bucket, key="x.wav", process=process))
    until("an attempt", lambda: receiver.heard)
    server.kill()
    receiver.answers = []
    before = len(receiver.heard)
    server.restart()
    until("another", lambda: len(receiver.heard) > before)
    assert json.loads(receiver.heard[-1][1])["data"]["Status"] == "Failed"
    until("its record", lambda: ask(server, "/-/events?state=Delivered")[1]["events"])
