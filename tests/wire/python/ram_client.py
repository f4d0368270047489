"""The official clients of RAM and STS, of both generations, and a short way to make somebody who may do something."""

import json
from urllib.parse import urlsplit

import oss2
from alibabacloud_ram20150501.client import Client as Ram2
from alibabacloud_sts20150401.client import Client as Sts2
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from conftest import fresh_name, refuses


class Keys:
    """A key pair, with the token of a temporary one."""

    def __init__(self, access_key_id, access_key_secret, token=None):
        self.access_key_id, self.access_key_secret, self.token = access_key_id, access_key_secret, token


def call(server, action, keys=None, product="Ram", version="2015-05-01", method="POST", **parameters):
    """One action by the client of the first generation (parameters signed with HMAC-SHA1)."""
    keys = keys or server
    token = getattr(keys, "token", None)
    if token:
        credential = StsTokenCredential(keys.access_key_id, keys.access_key_secret, token)
        client = AcsClient(region_id=server.region, credential=credential)
    else:
        client = AcsClient(keys.access_key_id, keys.access_key_secret, server.region)
    request = CommonRequest(
        domain=urlsplit(server.endpoint).netloc, version=version, action_name=action, product=product
    )
    request.set_protocol_type("http")
    request.set_method(method)
    for name, value in parameters.items():
        request.add_query_param(name, value)
    return json.loads(client.do_action_with_exception(request))


def sts(server, action, keys=None, **parameters):
    return call(server, action, keys, product="Sts", version="2015-04-01", **parameters)


def second_generation(server, kind, keys=None):
    """The client of the second generation (headers signed with ACS3-HMAC-SHA256)."""
    keys = keys or server
    return kind(
        Config(
            access_key_id=keys.access_key_id,
            access_key_secret=keys.access_key_secret,
            security_token=getattr(keys, "token", None),
            endpoint=urlsplit(server.endpoint).netloc,
            protocol="http",
            region_id=server.region,
        )
    )


def ram2(server, keys=None):
    return second_generation(server, Ram2, keys)


def sts2(server, keys=None):
    return second_generation(server, Sts2, keys)


def document(*statements):
    return json.dumps({"Version": "1", "Statement": list(statements)})


def allow(action, resource, **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource, **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


class Somebody:
    """A new user, with keys and the policies given."""

    def __init__(self, server, *statements):
        self.server = server
        self.name = fresh_name("user")
        self.uid = call(server, "CreateUser", UserName=self.name)["User"]["UserId"]
        key = call(server, "CreateAccessKey", UserName=self.name)["AccessKey"]
        self.access_key_id, self.access_key_secret = key["AccessKeyId"], key["AccessKeySecret"]
        if statements:
            self.allow(*statements)

    def allow(self, *statements):
        name = fresh_name("policy")
        call(self.server, "CreatePolicy", PolicyName=name, PolicyDocument=document(*statements))
        call(self.server, "AttachPolicyToUser", PolicyName=name, PolicyType="Custom", UserName=self.name)
        return name

    def bucket(self, name, version="v4"):
        return bucket_as(self.server, self, name, version)


def bucket_as(server, keys, name, version="v4"):
    """A bucket through oss2, as whoever has these keys."""
    token = getattr(keys, "token", None)
    if version == "v4":
        if token:
            auth = oss2.StsAuth(keys.access_key_id, keys.access_key_secret, token, auth_version=oss2.AUTH_VERSION_4)
        else:
            auth = oss2.AuthV4(keys.access_key_id, keys.access_key_secret)
        return oss2.Bucket(auth, server.endpoint, name, region=server.region)
    if token:
        auth = oss2.StsAuth(keys.access_key_id, keys.access_key_secret, token)
    else:
        auth = oss2.Auth(keys.access_key_id, keys.access_key_secret)
    return oss2.Bucket(auth, server.endpoint, name)


def assume(server, keys, role, session="session", **parameters):
    """Keys for a while in a role."""
    answer = sts(
        server,
        "AssumeRole",
        keys,
        RoleArn=f"acs:ram::{server.account_id}:role/{role}",
        RoleSessionName=session,
        **parameters,
    )
    found = answer["Credentials"]
    return Keys(found["AccessKeyId"], found["AccessKeySecret"], found["SecurityToken"])


def make_role(server, *statements, trusted=None):
    """A role that everybody of the account may assume who may assume anything, unless others are trusted."""
    name = fresh_name("role")
    principal = {"RAM": trusted or [f"acs:ram::{server.account_id}:root"]}
    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})
    call(server, "CreateRole", RoleName=name, AssumeRolePolicyDocument=trust)
    if statements:
        policy = fresh_name("policy")
        call(server, "CreatePolicy", PolicyName=policy, PolicyDocument=document(*statements))
        call(server, "AttachPolicyToRole", PolicyName=policy, PolicyType="Custom", RoleName=name)
    return name


class refuses_rpc(refuses):
    """The same for the client of the first generation."""

    request_id_length = 36

    def said_by(self, raised):
        if not isinstance(raised, ServerException):
            return None
        raised.code, raised.request_id = raised.get_error_code(), raised.get_request_id()
        return raised, raised.get_http_status()
