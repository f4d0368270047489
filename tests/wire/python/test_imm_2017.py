"""IMM of 2017 with the clients of its time: the vendor's walk from a document to a queue message, and the polling variant."""

# proves imm2017: PutProject, GetProject, ListProjects, UpdateProject, DeleteProject, CreateOfficeConversionTask
# proves imm2017: GetOfficeConversionTask, ListOfficeConversionTask, DeleteOfficeConversionTask, ConvertOfficeFormat
# proves imm2017: GetMediaMeta
# proves mns: BatchReceiveMessage

import hashlib
import importlib
import json
import re
import uuid

import alibabacloud_oss_v2 as oss
import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from conftest import client_for, fresh_name, object_or_none, until
from mns.queue import QueueMeta
from mns.subscription import SubscriptionMeta
from mns.topic import TopicMeta

WORD = "zqh/input/WORD/5页Word.docx"


def acs(server, key=None, secret=None):
    return AcsClient(key or server.access_key_id, secret or server.access_key_secret, server.region)


def call(server, action, method=None, client=None, **parameters):
    request = getattr(importlib.import_module(f"aliyunsdkimm.request.v20170906.{action}Request"), f"{action}Request")()
    request.set_endpoint(server.endpoint.removeprefix("http://"))
    request.set_protocol_type("http")
    if method:
        request.set_method(method)
    for name, value in parameters.items():
        # What the newest client has no setter for any more, that of 2018 sent all the same.
        request.add_query_param(name, value)
    return json.loads((client or acs(server)).do_action_with_exception(request))


class refuses_imm:
    def __init__(self, code, status):
        self.code, self.status = code, status

    def __enter__(self):
        return self

    def __exit__(self, kind, raised, trace):
        assert raised is not None, f"expected {self.code}, but the request was accepted"
        if not isinstance(raised, ServerException):
            return False
        self.error = raised
        assert (raised.get_error_code(), raised.get_http_status()) == (self.code, self.status), raised
        return True


@pytest.fixture
def project(server):
    name = fresh_name("GetResult-ByNotify-Demo")
    call(server, "PutProject", Project=name)
    yield name
    call(server, "DeleteProject", Project=name)


@pytest.fixture
def document(server, client, bucket):
    with open(server.fixture("report.docx"), "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key=WORD, body=body))
    return f"oss://{bucket}/{WORD}"


@pytest.fixture
def queue(server, account):
    topic, queue = account.get_topic(fresh_name("topic")), account.get_queue(fresh_name("queue"))
    topic.create(TopicMeta())
    queue.create(QueueMeta(vis_timeout=60))
    subscription = topic.get_subscription("to-queue")
    endpoint = f"acs:mns:{server.region}:{server.account_id}:queues/{queue.queue_name}"
    subscription.subscribe(SubscriptionMeta(endpoint, "BACKOFF_RETRY", "JSON"))
    queue.set_encoding(False)
    yield topic.topic_name, queue
    queue.delete()
    topic.delete()


def told(body):
    """One delivered message: its digest, and what it says."""
    envelope = json.loads(body)
    message = envelope["Message"]
    assert isinstance(message, str)
    assert hashlib.md5(message.encode()).hexdigest().upper() == envelope["MessageMD5"]
    (event,) = json.loads(message)["events"]
    exact = (
        '{"events":[{"eventName":"FormatConvertJob:JobFinished","eventSource":"acs:imm","eventTime":"%s",'
        '"eventVersion":"1.0","imm":{"code":"%s","pageCount":"%s","percent":"%s","taskId":"%s"}}]}'
    )
    imm = event["imm"]
    assert message == exact % (event["eventTime"], imm["code"], imm["pageCount"], imm["percent"], imm["taskId"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["eventTime"])
    return imm


def listed(client, bucket, prefix):
    found = client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, prefix=prefix)).contents or []
    return sorted(one.key.removeprefix(prefix) for one in found)


def test_the_sample_with_its_slip_prints_what_it_shows(server):
    name = fresh_name("GetResult-ByNotify-Demo")
    # set_Type("DocStarter"), then set_Type(1) where set_CU(1) was meant.
    made = call(server, "PutProject", Project=name, Type=1)
    assert (made["Type"], made["CU"], made["BillingType"], made["ServiceRole"]) == ("DocStarter", 1, "ByUsage", "")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["CreateTime"])
    assert made["ModifyTime"] == made["CreateTime"] and made["Project"] == name
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", made["RequestId"])
    again = call(server, "PutProject", Project=name, Type="PhotoStarter", CU=9)
    assert (again["Type"], again["CU"]) == ("DocStarter", 1), "a project that is there is kept"
    changed = call(server, "UpdateProject", Project=name, NewCU=4, NewServiceRole="AliyunIMMDefaultRole")
    assert (changed["CU"], changed["ServiceRole"]) == (4, "AliyunIMMDefaultRole")
    assert "Endpoint" not in changed and "BillingType" not in changed
    assert call(server, "GetProject", method="POST", Project=name)["CU"] == 4
    call(server, "DeleteProject", Project=name)
    with refuses_imm("InvalidProject.NotFound", 404):
        call(server, "GetProject", Project=name)


def test_projects_are_listed_by_pages(server):
    names = sorted(fresh_name(f"page_{number}") for number in range(3))
    for name in names:
        call(server, "PutProject", Project=name)
    seen, marker = [], ""
    while True:
        page = call(server, "ListProjects", MaxKeys=1, Marker=marker)
        assert len(page["Projects"]) <= 1
        seen += [one["Project"] for one in page["Projects"]]
        marker = page["NextMarker"]
        if not marker:
            break
    assert seen == sorted(seen) and set(names) <= set(seen)
    for name in names:
        call(server, "DeleteProject", Project=name)
    with refuses_imm("InvalidParameter.MaxKeys", 400):
        call(server, "ListProjects", MaxKeys=101)


def test_a_document_is_converted_and_a_queue_is_told(server, client, bucket, project, document, queue):
    topic, messages = queue
    target = f"oss://{bucket}/zqh/output/PDF/"
    made = call(
        server,
        "CreateOfficeConversionTask",
        Project=project,
        SrcUri=document,
        TgtUri=target,
        TgtType="png",
        NotifyEndpoint="http://account.mns.cn-beijing.aliyuncs.com/",
        NotifyTopicName=topic,
    )
    assert (made["Status"], made["Percent"], made["TgtLoc"]) == ("Running", 0, target)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["CreateTime"])
    message = messages.receive_message(30)
    imm = told(message.message_body)
    assert imm == {"code": "NoError", "pageCount": "4", "percent": "100", "taskId": made["TaskId"]}
    messages.delete_message(message.receipt_handle)
    assert listed(client, bucket, "zqh/output/PDF/") == ["1.png", "2.png", "3.png", "4.png"]
    task = call(server, "GetOfficeConversionTask", Project=project, TaskId=made["TaskId"])
    assert (task["Status"], task["Percent"], task["PageCount"]) == ("Finished", 100, 4)
    assert (task["SrcUri"], task["TgtUri"], task["TgtType"]) == (document, target, "png")
    assert task["NotifyTopicName"] == topic and task["FailDetail"] == {"Code": "NoError"}
    assert task["FinishTime"] > task["CreateTime"]


def test_several_tasks_are_received_in_batches(server, bucket, project, document, queue):
    topic, messages = queue
    made = set()
    for number in range(3):
        answer = call(
            server,
            "CreateOfficeConversionTask",
            method="POST",
            Project=project,
            SrcUri=document,
            TgtUri=f"oss://{bucket}/many/{number}",
            TgtType="PDF",
            NotifyTopicName=topic,
        )
        made.add(answer["TaskId"])
    ended = set()
    while ended != made:
        for message in messages.batch_receive_message(16, 30):
            ended.add(told(message.message_body)["taskId"])
            messages.delete_message(message.receipt_handle)
    tasks, marker = [], ""
    while True:
        page = call(server, "ListOfficeConversionTask", Project=project, MaxKeys=2, Marker=marker)
        tasks += page["Tasks"]
        marker = page["NextMarker"]
        if not marker:
            break
    assert [task["TaskId"] for task in tasks] == sorted(made)
    assert {task["Status"] for task in tasks} == {"Finished"}


def test_polling_and_names_around_the_number(server, client, bucket, project, document):
    made = call(
        server,
        "CreateOfficeConversionTask",
        Project=project,
        SrcUri=document,
        TgtUri=f"oss://{bucket}/polled",
        TgtType="jpg",
        TgtFilePages="[2,4]",
        TgtFilePrefix="page-{",
        TgtFileSuffix="}-of-4",
    )
    find = lambda: call(server, "GetOfficeConversionTask", Project=project, TaskId=made["TaskId"])
    until("an end", lambda: find()["Status"] != "Running", timeout=60)
    assert find()["Status"] == "Finished", find()
    assert listed(client, bucket, "polled/") == ["page-{2}-of-4.jpg", "page-{4}-of-4.jpg"]
    call(server, "DeleteOfficeConversionTask", Project=project, TaskId=made["TaskId"])
    with refuses_imm("InvalidResource.NotFound", 404):
        find()


def test_a_token_makes_one_task_of_two_requests(server, bucket, project, document):
    ask = dict(
        Project=project, SrcUri=document, TgtUri=f"oss://{bucket}/once/", TgtType="pdf", IdempotentToken=str(uuid.uuid4())
    )
    first, second = (call(server, "CreateOfficeConversionTask", **ask)["TaskId"] for _ in range(2))
    assert first == second
    assert len(call(server, "ListOfficeConversionTask", Project=project)["Tasks"]) == 1
    call(server, "DeleteOfficeConversionTask", Project=project, TaskId=first)


def test_a_short_document_is_converted_while_the_client_waits(server, client, bucket, project):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="note.txt", body="一\n二\n".encode()))

    def convert():
        try:
            return call(
                server,
                "ConvertOfficeFormat",
                Project=project,
                SrcUri=f"oss://{bucket}/note.txt",
                TgtUri=f"oss://{bucket}/now/",
                TgtType="text",
            )
        except ServerException as slow:  # The first document has to wait for LibreOffice.
            assert "ConvertTimeout" in slow.get_error_msg()

    assert until("an answer in time", convert, timeout=60)["PageCount"] == 1
    assert "一" in object_or_none(client, bucket, "now/note.txt").decode()


def test_what_cannot_be_converted_says_so(server, client, bucket, project, document, queue):
    topic, messages = queue
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="broken.docx", body=b"PK\x03\x04 no document"))
    ask = dict(Project=project, TgtUri=f"oss://{bucket}/out/", TgtType="png")
    made = call(
        server, "CreateOfficeConversionTask", SrcUri=f"oss://{bucket}/broken.docx", NotifyTopicName=topic, **ask
    )
    imm = told(messages.receive_message(30).message_body)
    assert imm["taskId"] == made["TaskId"] and imm["percent"] == "0" and imm["code"] != "NoError"
    task = call(server, "GetOfficeConversionTask", Project=project, TaskId=made["TaskId"])
    assert (task["Status"], task["Percent"], task["FailDetail"]["Code"]) == ("Failed", 0, imm["code"])
    assert "FinishTime" not in task
    with refuses_imm("InvalidTgtType", 400):
        call(server, "CreateOfficeConversionTask", SrcUri=document, **{**ask, "TgtType": "vector"})
    with refuses_imm("InvalidParameter.TgtType", 400):
        call(server, "CreateOfficeConversionTask", SrcUri=document, **{**ask, "TgtType": "gif"})
    with refuses_imm("MissingSrcUri", 400):
        call(server, "CreateOfficeConversionTask", **ask)
    with refuses_imm("InvalidParameter.SrcUri", 400):
        call(server, "CreateOfficeConversionTask", SrcUri="http://elsewhere/x.docx", **ask)
    with refuses_imm("InvalidResource.NotFound", 404):
        call(server, "CreateOfficeConversionTask", SrcUri=f"oss://{bucket}/absent.docx", **ask)
    with refuses_imm("InvalidProject.NotFound", 404):
        call(server, "CreateOfficeConversionTask", SrcUri=document, **{**ask, "Project": "nobodys"})
    with refuses_imm("InvalidJSON", 400):
        call(server, "CreateOfficeConversionTask", SrcUri=document, TgtFilePages="[1,", **ask)
    with refuses_imm("UnsupportedOperation", 400):
        call(server, "DetectImageFaces", Project=project, ImageUri=document)
    with refuses_imm("NotImplemented", 501):
        call(server, "CreateGrabFrameTask", Project=project, VideoUri=document, TargetList="[]")


def test_a_film_is_told_in_texts(server, client, bucket, project):
    with open(server.fixture("clip.mp4"), "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="clip.mp4", body=body))
    told_ = call(server, "GetMediaMeta", Project=project, MediaUri=f"oss://{bucket}/clip.mp4")
    assert told_["MediaUri"] == f"oss://{bucket}/clip.mp4"
    shown, streams = told_["MediaMeta"]["MediaFormat"], told_["MediaMeta"]["MediaStreams"]
    assert isinstance(shown["Size"], str) and 3.9 < float(shown["Duration"]) < 4.2
    assert streams["VideoStreams"][0]["CodecName"] == "h264" and streams["VideoStreams"][0]["Width"] == 640
    assert isinstance(streams["AudioStreams"][0]["Bitrate"], str) and streams["SubtitleStreams"] == []
    with refuses_imm("InvalidResource.NotFound", 404):
        call(server, "GetMediaMeta", Project=project, MediaUri=f"oss://{bucket}/absent.mp4")


def test_a_wrong_secret_is_told_in_the_words_the_client_takes_apart(server):
    with pytest.raises(ServerException) as caught:
        call(server, "ListProjects", client=acs(server, secret="wrong"))
    # The client compares what stands behind the colon with its own string to sign.
    assert caught.value.get_error_code() == "InvalidAccessKeySecret"
    with refuses_imm("InvalidAccessKeyId.NotFound", 404):
        call(server, "ListProjects", client=acs(server, key="nobody"))


def test_a_project_and_a_task_that_was_accepted_survive_a_kill(own_server):
    bucket, name = fresh_name("killed"), fresh_name("kept")
    client = client_for(own_server)
    client.put_bucket(oss.PutBucketRequest(bucket=bucket))
    with open(own_server.fixture("report.docx"), "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key=WORD, body=body))
    call(own_server, "PutProject", Project=name, CU=7)
    asked = {
        "Project": name,
        "SrcUri": f"oss://{bucket}/{WORD}",
        "TgtType": "pdf",
        "TgtUri": f"oss://{bucket}/out",
        "IdempotentToken": "once",
    }
    task = call(own_server, "CreateOfficeConversionTask", **asked)["TaskId"]
    own_server.kill()
    own_server.restart()
    assert call(own_server, "GetProject", Project=name)["CU"] == 7
    assert call(own_server, "CreateOfficeConversionTask", **asked)["TaskId"] == task

    def ended():
        state = call(own_server, "GetOfficeConversionTask", Project=name, TaskId=task)
        return state if state["Status"] != "Running" else None

    assert until("the task", ended)["Status"] == "Finished"
    assert listed(client, bucket, "out/") == ["5页Word.pdf"]
