"""Who may do what in IMM: the actions on projects, and the objects and topics that a task touches."""

# proves imm: CreateProject, DeleteProject

import alibabacloud_oss_v2 as oss
import pytest
from conftest import fresh_name
from ram_client import Somebody, allow, call, deny, refuses_rpc


@pytest.fixture
def project(server):
    name = fresh_name("policies_").replace("-", "_")
    call(server, "CreateProject", product="imm", version="2020-09-30", ProjectName=name)
    yield name
    call(server, "DeleteProject", product="imm", version="2020-09-30", ProjectName=name)


def imm(server, action, keys, **parameters):
    return call(server, action, keys, product="imm", version="2020-09-30", **parameters)


def test_actions_on_projects_go_by_their_names(server, project):
    user = Somebody(
        server, allow("imm:Get*", f"acs:imm:*:*:project/{project}"), deny("imm:GetProject", "acs:imm:*:*:project/no*")
    )
    assert imm(server, "GetProject", user, ProjectName=project)["Project"]["ProjectName"] == project
    for action, name in (("GetProject", "nobodys"), ("GetProject", "other"), ("DeleteProject", project)):
        with refuses_rpc("NoPermission", 403):
            imm(server, action, user, ProjectName=name)
    old = {"product": "imm", "version": "2017-09-06"}
    assert call(server, "GetProject", user, **old, Project=project)["Project"] == project
    with refuses_rpc("NoPermission", 403):
        call(server, "PutProject", user, **old, Project=project)


def test_a_task_needs_its_source_its_target_and_its_topic(server, client, bucket, project):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="in/a.txt", body=b"text"))

    def convert(user, target="out/a.pdf", **more):
        return imm(
            server,
            "CreateOfficeConversionTask",
            user,
            ProjectName=project,
            SourceURI=f"oss://{bucket}/in/a.txt",
            TargetURI=f"oss://{bucket}/{target}",
            TargetType="pdf",
            **more,
        )

    acting = allow("imm:*", "*")
    reading = allow("oss:GetObject", f"acs:oss:*:*:{bucket}/in/*")
    writing = allow("oss:PutObject", f"acs:oss:*:*:{bucket}/out/*")
    for missing in ([reading, writing], [acting, writing], [acting, reading]):
        with refuses_rpc("NoPermission", 403):
            convert(Somebody(server, *missing))
    user = Somebody(server, acting, reading, writing)
    with refuses_rpc("NoPermission", 403):
        convert(user, target="elsewhere/a.pdf")
    with refuses_rpc("NoPermission", 403):
        convert(user, NotifyTopicName="done")
    assert convert(user)["TaskId"].startswith("formatconvert-")
