"""What the tests of IMM of 2020 share: its own client, refusals by code, a project, and tasks that end."""

import pytest
from alibabacloud_imm20200930 import models
from alibabacloud_imm20200930.client import Client
from alibabacloud_tea_openapi.models import Config
from conftest import fresh_name, until


def imm_client(server, key=None, secret=None):
    return Client(
        Config(
            access_key_id=key or server.access_key_id,
            access_key_secret=secret or server.access_key_secret,
            endpoint=server.endpoint.removeprefix("http://"),
            protocol="http",
            region_id=server.region,
        )
    )


class refuses_imm:
    def __init__(self, code, status, says=""):
        self.code, self.status, self.says = code, status, says

    def __enter__(self):
        return self

    def __exit__(self, kind, raised, trace):
        assert raised is not None, f"expected {self.code}, but the request was accepted"
        if not hasattr(raised, "code"):
            return False
        assert raised.code == self.code, raised
        assert (getattr(raised, "statusCode", None) or raised.data["statusCode"]) == self.status, raised
        assert self.says in str(raised), raised
        return True


@pytest.fixture
def imm(server):
    return imm_client(server)


@pytest.fixture
def project(imm):
    name = fresh_name("project_").replace("-", "_")
    imm.create_project(models.CreateProjectRequest(project_name=name))
    yield name
    imm.delete_project(models.DeleteProjectRequest(project_name=name))


def task_of(imm, project, task_id, kind, **more):
    request = models.GetTaskRequest(project_name=project, task_id=task_id, task_type=kind, **more)
    return imm.get_task(request).body


def ended(imm, project, task_id, kind, timeout=60):
    until("an end", lambda: task_of(imm, project, task_id, kind).status != "Running", timeout=timeout)
    return task_of(imm, project, task_id, kind, request_definition=True)


def succeeded(imm, project, made, kind):
    """The ended task of an answer, which must have gone well."""
    task = ended(imm, project, made.body.task_id, kind)
    assert task.status == "Succeeded", task
    assert made.body.task_id.startswith(f"{kind}-") and made.body.event_id
    return task
