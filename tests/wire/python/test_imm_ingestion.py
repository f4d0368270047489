"""Batches and triggers of IMM: what is there, and what comes, becomes tasks."""

# proves imm: CreateBatch, GetBatch, ListBatches, UpdateBatch, SuspendBatch, ResumeBatch, DeleteBatch
# proves imm: CreateTrigger, GetTrigger, ListTriggers, UpdateTrigger, SuspendTrigger, ResumeTrigger, DeleteTrigger

import json

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from alibabacloud_imm20200930 import models
from conftest import client_for, fresh_name, until
from imm_client import imm, imm_client, project, refuses_imm  # noqa: F401
from media_tasks import b64, told  # noqa: F401
from ram_client import Somebody, allow, call, refuses_rpc


def put(client, bucket, key, body=b"some text"):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body))


def keys(client, bucket, prefix):
    found = client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, prefix=prefix)).contents or []
    return [one.key for one in found]


def words(bucket, target="out/{barename}.{autoext}"):
    return ["target_pdf", f"sys/saveas,o_{b64(target)},b_{b64(bucket)}"]


def made(imm, kind, project, bucket, prefix="in/", parameters=None, expressions=None, topic=None, tags=None):
    source = models.InputOSS(bucket=bucket, prefix=prefix, match_expressions=expressions)
    action = {"name": "doc/convert", "parameters": parameters or words(bucket)}
    notification = {"mns": models.MNS(topic_name=topic)} if topic else {}
    if kind == "batch":
        request = models.CreateBatchRequest(
            project_name=project,
            service_role="AliyunIMMBatchTriggerRole",
            input=models.Input(oss=source),
            actions=[models.CreateBatchRequestActions(**action)],
            notification=models.CreateBatchRequestNotification(**notification) if topic else None,
            tags=tags,
        )
        return imm.create_batch(request).body.id
    request = models.CreateTriggerRequest(
        project_name=project,
        service_role="AliyunIMMBatchTriggerRole",
        input=models.Input(oss=source),
        actions=[models.CreateTriggerRequestActions(**action)],
        tags=tags,
    )
    return imm.create_trigger(request).body.id


def batch_of(imm, project, id_):
    return imm.get_batch(models.GetBatchRequest(project_name=project, id=id_)).body.batch


def trigger_of(imm, project, id_):
    return imm.get_trigger(models.GetTriggerRequest(project_name=project, id=id_)).body.trigger


def over(imm, project, id_):
    until("the batch to be over", lambda: batch_of(imm, project, id_).state in ("Succeeded", "Failed"), timeout=60)
    return batch_of(imm, project, id_)


def test_a_batch_does_what_there_is_once_and_says_so(imm, client, bucket, project, told):  # noqa: F811
    topic, _ = told
    for name in ("a.txt", "b.txt", "film.mp4", "deep/c.txt", "sub/"):
        put(client, bucket, f"in/{name}", b"" if name.endswith("/") else b"text")
    put(client, bucket, "elsewhere.txt")
    id_ = made(imm, "batch", project, bucket, tags={"k": "v"})
    assert id_.startswith("batch-")
    batch = over(imm, project, id_)
    statistic = batch.statistic
    assert (batch.state, statistic.submit_success, statistic.submit_failure, statistic.skip_files) == ("Succeeded", 3, 0, 2)
    assert (batch.input.oss.bucket, batch.input.oss.prefix, batch.tags) == (bucket, "in/", {"k": "v"})
    assert batch.actions[0].name == "doc/convert" and batch.service_role == "AliyunIMMBatchTriggerRole"
    until("the outputs", lambda: len(keys(client, bucket, "out/")) == 3, timeout=60)
    assert keys(client, bucket, "out/") == ["out/a.pdf", "out/b.pdf", "out/c.pdf"]
    tasks = imm.list_tasks(models.ListTasksRequest(project_name=project, tag_selector="k=v")).body.tasks
    assert len(tasks) == 3
    put(client, bucket, "in/later.txt")
    some = made(imm, "batch", project, bucket, parameters=words(bucket, "some/{barename}.{autoext}"), expressions=["*/a.*", "*later*"])
    assert over(imm, project, some).statistic.submit_success == 2
    whole = json.dumps({"TargetType": "png", "Pages": "1", "TargetURIPrefix": f"oss://{bucket}/png/"})
    third = made(imm, "batch", project, bucket, prefix="in/a", parameters=[whole])
    assert over(imm, project, third).statistic.submit_success == 1
    until("the picture", lambda: keys(client, bucket, "png/") == ["png/a/1.png"], timeout=60)
    listed = imm.list_batches(models.ListBatchesRequest(project_name=project, sort="CreateTime", order="ASC", max_results=2)).body
    assert [one.id for one in listed.batches] == [id_, some]
    rest = models.ListBatchesRequest(project_name=project, sort="CreateTime", order="ASC", next_token=listed.next_token)
    assert [one.id for one in imm.list_batches(rest).body.batches] == [third]
    for batch_id in (id_, some, third):
        imm.delete_batch(models.DeleteBatchRequest(project_name=project, id=batch_id))
    with refuses_imm("ResourceNotFound", 404):
        batch_of(imm, project, id_)


def test_a_trigger_takes_what_comes_by_every_way(server, imm, client, bucket, project):  # noqa: F811
    put(client, bucket, "in/before.txt")
    id_ = made(imm, "trigger", project, bucket)
    old = oss2.Bucket(oss2.Auth(server.access_key_id, server.access_key_secret), server.endpoint, bucket)
    put(client, bucket, "in/put.txt")
    put(client, bucket, "elsewhere.txt")
    client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="in/copied.txt", source_key="in/before.txt"))
    upload = old.init_multipart_upload("in/parts.txt").upload_id
    part = old.upload_part("in/parts.txt", upload, 1, b"in parts")
    old.complete_multipart_upload("in/parts.txt", upload, [oss2.models.PartInfo(1, part.etag)])
    old.append_object("in/appended.txt", 0, b"appended")
    wanted = [f"out/{name}.pdf" for name in ("appended", "copied", "parts", "put")]
    until("the outputs", lambda: keys(client, bucket, "out/") == wanted, timeout=60)
    # A task may write before it is counted.
    until("the count", lambda: trigger_of(imm, project, id_).statistic.submit_success == 4, timeout=60)
    trigger = trigger_of(imm, project, id_)
    assert (trigger.state, trigger.phase) == ("Running", "IncrementalScanning")
    imm.suspend_trigger(models.SuspendTriggerRequest(project_name=project, id=id_))
    put(client, bucket, "in/meanwhile.txt")
    assert trigger_of(imm, project, id_).state == "Suspended"
    imm.resume_trigger(models.ResumeTriggerRequest(project_name=project, id=id_))
    until("what came meanwhile", lambda: "out/meanwhile.pdf" in keys(client, bucket, "out/"), timeout=60)
    action = models.UpdateTriggerRequestActions(name="doc/convert", parameters=words(bucket, "new/{barename}.{autoext}"))
    only = models.InputOSS(bucket=bucket, prefix="in/", match_expressions=["*after*"])
    imm.update_trigger(
        models.UpdateTriggerRequest(project_name=project, id=id_, input=models.Input(oss=only), actions=[action], tags={"a": "b"})
    )
    put(client, bucket, "in/aside.txt")
    put(client, bucket, "in/after.txt")
    until("the new target", lambda: keys(client, bucket, "new/") == ["new/after.pdf"], timeout=60)
    listed = imm.list_triggers(models.ListTriggersRequest(project_name=project, tag_selector="a=b")).body.triggers
    assert [one.id for one in listed] == [id_]
    with refuses_imm("DeleteConflict.Project", 409):
        imm.delete_project(models.DeleteProjectRequest(project_name=project))
    imm.delete_trigger(models.DeleteTriggerRequest(project_name=project, id=id_))
    put(client, bucket, "in/nobody.txt")
    assert imm.list_triggers(models.ListTriggersRequest(project_name=project)).body.triggers == []


def test_a_trigger_does_not_take_what_its_tasks_write(imm, client, bucket, project):  # noqa: F811
    id_ = made(imm, "trigger", project, bucket, prefix="", parameters=words(bucket, "{barename}-again.{autoext}"))
    put(client, bucket, "one.txt")
    until("the output", lambda: keys(client, bucket, "one") == ["one-again.pdf", "one.txt"], timeout=60)
    put(client, bucket, "two.txt")
    until("the other", lambda: len(keys(client, bucket, "two")) == 2, timeout=60)
    until("the count", lambda: trigger_of(imm, project, id_).statistic.submit_success == 2, timeout=60)
    imm.delete_trigger(models.DeleteTriggerRequest(project_name=project, id=id_))


def test_a_batch_can_be_suspended_and_goes_on(imm, client, bucket, project):  # noqa: F811
    for number in range(120):
        put(client, bucket, f"in/{number:03}.mp4")
    id_ = made(imm, "batch", project, bucket)
    ask = {"project_name": project, "id": id_}
    try:
        imm.suspend_batch(models.SuspendBatchRequest(**ask))
        imm.resume_batch(models.ResumeBatchRequest(**ask))
    except Exception as raised:  # It may be over by then, and is not begun again.
        assert getattr(raised, "code", "") == "InvalidArgument", raised
    batch = over(imm, project, id_)
    assert (batch.state, batch.statistic.skip_files) == ("Succeeded", 120)
    with refuses_imm("InvalidArgument", 400):
        imm.resume_batch(models.ResumeBatchRequest(**ask))
    imm.update_batch(models.UpdateBatchRequest(**ask, tags={"x": "y"}))
    assert batch_of(imm, project, id_).tags == {"x": "y"}
    imm.delete_batch(models.DeleteBatchRequest(**ask))


def test_what_cannot_work_is_refused(server, imm, client, bucket, project):  # noqa: F811
    with refuses_imm("ResourceNotFound", 404):
        made(imm, "batch", project, "bucket-of-nobody", parameters=words(bucket))
    with refuses_imm("MissingInput", 400):
        made(imm, "trigger", project, None, parameters=words(bucket))
    for parameters, code in (
        (["target_pdf"], "InvalidActions"),
        (["target_gif", *words(bucket)[1:]], "InvalidArgument"),
        (["{broken"], "InvalidActions"),
        ([json.dumps({"TargetType": "png", "TargetURI": f"oss://{bucket}/one.png"})], "InvalidActions"),
    ):
        with refuses_imm(code, 400):
            made(imm, "trigger", project, bucket, parameters=parameters)
    with refuses_imm("ResourceNotFound", 404):
        trigger_of(imm, project, "trigger-of-nobody")

    def create(user, **more):
        words_ = {
            "ProjectName": project,
            "Input": json.dumps({"OSS": {"Bucket": bucket, "Prefix": "in/"}}),
            "Actions": json.dumps([{"Name": "doc/convert", "Parameters": words(bucket)}]),
            **more,
        }
        return call(server, "CreateTrigger", user, product="imm", version="2020-09-30", **words_)["Id"]

    acting, listing = allow("imm:*", "*"), allow("oss:ListObjects", f"acs:oss:*:*:{bucket}")
    reading = allow("oss:GetObject", f"acs:oss:*:*:{bucket}/in/*")
    for missing in ([listing, reading], [acting, reading], [acting, listing]):
        with refuses_rpc("NoPermission", 403):
            create(Somebody(server, *missing))
    # Each object is asked for as whoever made the trigger: this one may write nothing.
    id_ = create(Somebody(server, acting, listing, reading))
    put(client, bucket, "in/a.txt")
    until("the refusal", lambda: trigger_of(imm, project, id_).statistic.submit_failure == 1, timeout=30)
    assert keys(client, bucket, "out/") == []
    imm.delete_trigger(models.DeleteTriggerRequest(project_name=project, id=id_))


def test_what_came_before_a_kill_is_done_after_it(own_server):
    bucket, name = fresh_name("killed"), fresh_name("kept_").replace("-", "_")
    client, imm_ = client_for(own_server), imm_client(own_server)
    client.put_bucket(oss.PutBucketRequest(bucket=bucket))
    imm_.create_project(models.CreateProjectRequest(project_name=name))
    trigger = made(imm_, "trigger", name, bucket)
    for number in range(5):
        put(client, bucket, f"in/{number}.txt")
    batch = made(imm_, "batch", name, bucket, parameters=words(bucket, "batch/{barename}.{autoext}"))
    own_server.kill()
    own_server.restart()
    client, imm_ = client_for(own_server), imm_client(own_server)
    assert over(imm_, name, batch).statistic.submit_success == 5
    until("the trigger", lambda: len(keys(client, bucket, "out/")) == 5, timeout=60)
    until("the batch", lambda: len(keys(client, bucket, "batch/")) == 5, timeout=60)
    # An output is there before its task has ended, and a task before it is counted.
    until("the count", lambda: trigger_of(imm_, name, trigger).statistic.submit_success == 5, timeout=60)

    def tasks():
        return imm_.list_tasks(models.ListTasksRequest(project_name=name)).body.tasks

    until("all ends", lambda: "Running" not in {one.status for one in tasks()}, timeout=60)
    assert len(tasks()) == 10 and {one.status for one in tasks()} == {"Succeeded"}
