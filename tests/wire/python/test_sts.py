"""STS: roles for a while, and what their tokens open in OSS, MNS and RAM."""

# proves sts: AssumeRole, GetCallerIdentity
# proves ram: CreateRole


import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_sts20150401 import models
from conftest import client_for, fresh_name, refuses_old
from mns.account import Account
from mns.mns_exception import MNSServerException
from mns.queue import QueueMeta
from ram_client import (
    Keys,
    Somebody,
    allow,
    assume,
    bucket_as,
    call,
    deny,
    document,
    make_role,
    refuses_rpc,
    sts,
    sts2,
)


def test_everybody_can_ask_who_they_are(server):
    root = sts(server, "GetCallerIdentity")
    assert (root["IdentityType"], root["Arn"]) == ("Account", f"acs:ram::{server.account_id}:root")
    user = Somebody(server)
    said = sts(server, "GetCallerIdentity", user)
    assert (said["IdentityType"], said["UserId"]) == ("RAMUser", user.uid)
    assert said["Arn"] == f"acs:ram::{server.account_id}:user/{user.name}"
    role = make_role(server)
    session = assume(server, None, role, "one")
    said = sts(server, "GetCallerIdentity", session)
    assert said["IdentityType"] == "AssumedRoleUser"
    assert said["Arn"] == f"acs:ram::{server.account_id}:assumed-role/{role}/one"
    assert said["PrincipalId"] == f"{said['RoleId']}:one"


def test_the_client_of_the_second_generation_assumes_and_uses_roles(server):
    role = make_role(server)
    request = models.AssumeRoleRequest(
        role_arn=f"acs:ram::{server.account_id}:role/{role}",
        role_session_name="two",
        duration_seconds=900,
        policy=document(allow("oss:*", "*")),
    )
    answer = sts2(server).assume_role(request).body
    found = answer.credentials
    assert found.access_key_id.startswith("STS.") and found.expiration.endswith("Z")
    assert answer.assumed_role_user.arn == f"acs:ram::{server.account_id}:assumed-role/{role}/two"
    keys = Keys(found.access_key_id, found.access_key_secret, found.security_token)
    assert sts2(server, keys).get_caller_identity().body.identity_type == "AssumedRoleUser"


def test_a_role_takes_a_right_to_assume_it_and_its_own_trust(server):
    role = make_role(server)
    arn = f"acs:ram::{server.account_id}:role/{role}"
    user = Somebody(server)
    with refuses_rpc("NoPermission", 403):
        assume(server, user, role)
    user.allow(allow("sts:AssumeRole", arn))
    assume(server, user, role)
    other = make_role(server, trusted=[f"acs:ram::{server.account_id}:user/somebody-else"])
    user.allow(allow("sts:AssumeRole", "*"))
    with refuses_rpc("NoPermission", 403):
        assume(server, user, other)
    with refuses_rpc("EntityNotExist.Role", 404):
        assume(server, user, "no-such-role")


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"DurationSeconds": 899}, "InvalidParameter.DurationSeconds"),
        ({"DurationSeconds": 3601}, "InvalidParameter.DurationSeconds"),
        ({"session": "x"}, "InvalidParameter.RoleSessionName"),
        ({"session": "a b"}, "InvalidParameter.RoleSessionName"),
        ({"Policy": "{}"}, "InvalidParameter.PolicyGrammar"),
        ({"Policy": document(*[allow("oss:GetObject", "*")] * 60)}, "InvalidParameter.PolicySize"),
    ],
)
def test_what_is_wrong_with_a_request_is_said(server, parameters, code):
    with refuses_rpc(code, 400):
        assume(server, None, make_role(server), **parameters)


def test_missing_parameters_are_named(server):
    with refuses_rpc("MissingRoleArn", 400):
        sts(server, "AssumeRole", RoleSessionName="session")
    with refuses_rpc("InvalidParameter.RoleArn", 400):
        sts(server, "AssumeRole", RoleArn="role", RoleSessionName="session")


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_a_token_opens_in_oss_what_role_and_session_policy_both_allow(server, bucket, version):
    everything = f"acs:oss:*:*:{bucket}/*"
    role = make_role(server, allow(["oss:GetObject", "oss:PutObject"], everything))
    whole = bucket_as(server, assume(server, None, role), bucket, version)
    whole.put_object("a/1", b"one")
    assert whole.get_object("a/1").read() == b"one"
    with refuses_old("AccessDenied", 403):
        whole.delete_object("a/1")
    limited = Keys(*vars(assume(server, None, role, Policy=document(allow("oss:*", f"acs:oss:*:*:{bucket}/a/*")))).values())
    part = bucket_as(server, limited, bucket, version)
    assert part.get_object("a/1").read() == b"one"
    with refuses_old("AccessDenied", 403) as caught:
        part.put_object("b/1", b"one")
    assert caught.error.message == "Access denied by authorizer's policy."
    # What the role does not allow, no policy of a session adds.
    with refuses_old("AccessDenied", 403):
        part.delete_object("a/1")
    # In a URL, too.
    url = part.sign_url("GET", "a/1", 60)
    import urllib.request

    assert urllib.request.urlopen(url).read() == b"one"


def test_a_token_works_with_the_second_oss_client(server, bucket):
    keys = assume(server, None, make_role(server, allow("oss:*", "*")))
    provider = oss.credentials.StaticCredentialsProvider(keys.access_key_id, keys.access_key_secret, keys.token)
    for version in ("v1", "v4"):
        client = client_for(server, credentials_provider=provider, signature_version=version)
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="k", body=b"x"))
        assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="k")).body.read() == b"x"


def test_temporary_keys_take_their_own_token(server, bucket):
    role = make_role(server, allow("oss:*", "*"))
    one, two = assume(server, None, role), assume(server, None, role)

    def get(keys):
        return bucket_as(server, keys, bucket).get_bucket_info()

    get(one)
    with refuses_old("AccessKeyIdAndSecurityTokenNotMatch", 403):
        get(Keys(one.access_key_id, one.access_key_secret, two.token))
    with refuses_old("InvalidSecurityToken", 403):
        get(Keys(one.access_key_id, one.access_key_secret))
    changed = ("A" if one.token[40] != "A" else "B").join([one.token[:40], one.token[41:]])
    with refuses_old("InvalidSecurityToken", 403):
        get(Keys(one.access_key_id, one.access_key_secret, changed))
    with refuses_old("SignatureDoesNotMatch", 403):
        get(Keys(one.access_key_id, two.access_key_secret, one.token))
    with refuses_rpc("InvalidSecurityToken.MismatchWithAccessKey", 400):
        sts(server, "GetCallerIdentity", Keys(one.access_key_id, one.access_key_secret, two.token))
    with refuses_rpc("InvalidSecurityToken.Malformed", 400):
        sts(server, "GetCallerIdentity", Keys(server.access_key_id, server.access_key_secret, one.token))


def test_a_token_opens_queues(server):
    name = fresh_name("q")
    Account(server.endpoint, server.access_key_id, server.access_key_secret).get_queue(name).create(QueueMeta())
    role = make_role(server, allow("mns:SendMessage", f"acs:mns:*:*:/queues/{name}/messages"))
    keys = assume(server, None, role)
    from mns.queue import Message

    queue = Account(server.endpoint, keys.access_key_id, keys.access_key_secret, keys.token).get_queue(name)
    queue.send_message(Message("hello"))
    with pytest.raises(MNSServerException) as caught:
        queue.receive_message(0)
    assert caught.value.type == "AccessDenied"
    bad = Account(server.endpoint, keys.access_key_id, keys.access_key_secret, keys.token[:-4] + "AAAA").get_queue(name)
    with pytest.raises(MNSServerException) as caught:
        bad.send_message(Message("hello"))
    assert caught.value.type == "InvalidAccessKeyId"


def test_users_have_rights_on_queues_and_topics_by_name(server):
    name = fresh_name("q")
    user = Somebody(
        server,
        allow("mns:*", [f"acs:mns:*:*:/queues/{name}", f"acs:mns:*:*:/queues/{name}/*"]),
        deny("mns:DeleteQueue", "*"),
    )
    account = Account(server.endpoint, user.access_key_id, user.access_key_secret)
    account.get_queue(name).create(QueueMeta())
    for refused in (
        lambda: account.get_queue(name).delete(),
        lambda: account.get_queue(f"{name}-other").create(QueueMeta()),
        lambda: account.list_queue(),
    ):
        with pytest.raises(MNSServerException) as caught:
            refused()
        assert caught.value.type == "AccessDenied"


def test_a_session_outlives_a_kill_and_ends_with_its_role(own_server):
    role = make_role(own_server)
    keys = assume(own_server, None, role)
    own_server.kill()
    own_server.restart()
    sts(own_server, "GetCallerIdentity", keys)
    call(own_server, "DeleteRole", RoleName=role)
    with refuses_rpc("InvalidSecurityToken.Malformed", 400):
        sts(own_server, "GetCallerIdentity", keys)
    # A new role of the same name is another one.
    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["acs:ram::1:root"]}})
    call(own_server, "CreateRole", RoleName=role, AssumeRolePolicyDocument=trust)
    with refuses_rpc("InvalidSecurityToken.Malformed", 400):
        sts(own_server, "GetCallerIdentity", keys)


def test_an_external_id_can_be_asked_for(server):
    name = fresh_name("role")
    trust = document(
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"RAM": [f"acs:ram::{server.account_id}:root"]},
            "Condition": {"StringEquals": {"sts:ExternalId": "secret-id"}},
        }
    )
    call(server, "CreateRole", RoleName=name, AssumeRolePolicyDocument=trust)
    with refuses_rpc("NoPermission", 403):
        assume(server, None, name)
    assume(server, None, name, ExternalId="secret-id")
