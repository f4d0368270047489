"""RAM: users, keys, groups, roles and policies, by the clients of both generations."""

# proves ram: CreateUser, DeleteUser, GetUser, ListUsers, UpdateUser, CreateAccessKey, ListAccessKeys
# proves ram: AddUserToGroup, CreateGroup, DeleteGroup, GetGroup, ListGroups, ListGroupsForUser, ListUsersForGroup
# proves ram: RemoveUserFromGroup, UpdateGroup, DeleteRole, GetRole, ListRoles, UpdateRole, CreatePolicy
# proves ram: CreatePolicyVersion, DeletePolicy, GetPolicy, GetPolicyVersion, ListPolicies, ListPolicyVersions
# proves ram: SetDefaultPolicyVersion, AttachPolicyToGroup, AttachPolicyToRole, AttachPolicyToUser
# proves ram: DetachPolicyFromGroup, DetachPolicyFromRole, ListEntitiesForPolicy, ListPoliciesForUser
# proves ram: DeletePolicyVersion, UpdatePolicyDescription, ListPoliciesForGroup, ListPoliciesForRole

import json
import urllib.request

import pytest
from alibabacloud_ram20150501 import models
from alibabacloud_tea_openapi.exceptions import ClientException
from aliyunsdkram.request.v20150501.CreateUserRequest import CreateUserRequest
from aliyunsdkcore.client import AcsClient
from conftest import fresh_name
from ram_client import Somebody, allow, call, document, make_role, ram2, refuses_rpc, sts


def test_a_user_is_made_found_changed_listed_and_deleted(server):
    name = fresh_name("user")
    made = call(server, "CreateUser", UserName=name, DisplayName="A user", Email="user@example.com")["User"]
    assert made["UserName"] == name and made["UserId"].isdigit()
    assert call(server, "GetUser", UserName=name.upper())["User"]["Email"] == "user@example.com"
    with refuses_rpc("EntityAlreadyExists.User", 409):
        call(server, "CreateUser", UserName=name)
    changed = call(server, "UpdateUser", UserName=name, NewUserName=f"{name}.new", NewComments="c")["User"]
    assert (changed["UserName"], changed["Comments"]) == (f"{name}.new", "c")
    assert (changed["UserId"], changed["DisplayName"]) == (made["UserId"], "A user")
    with refuses_rpc("EntityNotExist.User", 404):
        call(server, "GetUser", UserName=name)
    found, marker = [], None
    while True:
        page = call(server, "ListUsers", MaxItems=2, **({"Marker": marker} if marker else {}))
        found += [user["UserName"] for user in page["Users"]["User"]]
        marker = page.get("Marker")
        if not page["IsTruncated"]:
            break
    assert f"{name}.new" in found and len(found) == len(set(found))
    call(server, "DeleteUser", UserName=f"{name}.new")
    with refuses_rpc("EntityNotExist.User", 404):
        call(server, "DeleteUser", UserName=f"{name}.new")


def test_the_request_classes_of_the_first_generation_work(server):
    client = AcsClient(server.access_key_id, server.access_key_secret, server.region)
    request = CreateUserRequest()
    request.set_endpoint(server.endpoint.removeprefix("http://"))
    request.set_protocol_type("http")
    request.set_UserName(fresh_name("user"))
    request.set_Comments("spaces, ümläuts and 中文: * ~ + /")
    made = json.loads(client.do_action_with_exception(request))
    assert made["User"]["Comments"] == "spaces, ümläuts and 中文: * ~ + /"
    assert len(made["RequestId"]) == 36


def test_the_client_of_the_second_generation_works(server):
    client = ram2(server)
    name = fresh_name("user")
    made = client.create_user(models.CreateUserRequest(user_name=name, comments="ümläuts 中文 *~+/")).body
    assert made.user.comments == "ümläuts 中文 *~+/"
    assert client.get_user(models.GetUserRequest(user_name=name)).body.user.user_id == made.user.user_id
    key = client.create_access_key(models.CreateAccessKeyRequest(user_name=name)).body.access_key
    listed = client.list_access_keys(models.ListAccessKeysRequest(user_name=name)).body.access_keys.access_key
    assert [(found.access_key_id, found.status) for found in listed] == [(key.access_key_id, "Active")]
    with pytest.raises(ClientException) as caught:
        client.get_user(models.GetUserRequest(user_name="nobody-of-that-name"))
    assert (caught.value.code, caught.value.status_code) == ("EntityNotExist.User", 404)
    assert name in [user.user_name for user in client.list_users(models.ListUsersRequest(max_items=1000)).body.users.user]


def test_keys_work_until_they_are_inactive_or_deleted(server):
    user = Somebody(server)
    assert sts(server, "GetCallerIdentity", user)["UserId"] == user.uid
    second = call(server, "CreateAccessKey", UserName=user.name)["AccessKey"]
    with refuses_rpc("LimitExceeded.User.AccessKey", 409):
        call(server, "CreateAccessKey", UserName=user.name)
    keys = call(server, "ListAccessKeys", UserName=user.name)["AccessKeys"]["AccessKey"]
    assert {key["AccessKeyId"] for key in keys} == {user.access_key_id, second["AccessKeyId"]}
    assert all("AccessKeySecret" not in key for key in keys)
    of_user = {"UserName": user.name, "UserAccessKeyId": user.access_key_id}
    call(server, "UpdateAccessKey", **of_user, Status="Inactive")
    with refuses_rpc("InvalidAccessKeyId.Inactive", 400):
        sts(server, "GetCallerIdentity", user)
    call(server, "UpdateAccessKey", **of_user, Status="Active")
    sts(server, "GetCallerIdentity", user)
    with refuses_rpc("DeleteConflict.User.AccessKey", 409):
        call(server, "DeleteUser", UserName=user.name)
    call(server, "DeleteAccessKey", **of_user)
    with refuses_rpc("InvalidAccessKeyId.NotFound", 404):
        sts(server, "GetCallerIdentity", user)
    with refuses_rpc("EntityNotExist.User.AccessKey", 404):
        call(server, "DeleteAccessKey", **of_user)


def test_groups_have_members_and_give_them_their_policies(server):
    group, user = fresh_name("group"), Somebody(server)
    call(server, "CreateGroup", GroupName=group, Comments="c")
    call(server, "AddUserToGroup", GroupName=group, UserName=user.name)
    with refuses_rpc("EntityAlreadyExists.User.Group", 409):
        call(server, "AddUserToGroup", GroupName=group, UserName=user.name)
    groups = call(server, "ListGroupsForUser", UserName=user.name)["Groups"]["Group"]
    assert [found["GroupName"] for found in groups] == [group]
    users = call(server, "ListUsersForGroup", GroupName=group)["Users"]["User"]
    assert [found["UserName"] for found in users] == [user.name]
    with refuses_rpc("NoPermission", 403):
        call(server, "ListUsers", user)
    call(server, "AttachPolicyToGroup", GroupName=group, PolicyType="System", PolicyName="AliyunRAMReadOnlyAccess")
    assert group in [found["GroupName"] for found in call(server, "ListGroups", user, MaxItems=1000)["Groups"]["Group"]]
    for conflict in ("DeleteConflict.Group.User", "DeleteConflict.Group.Policy"):
        with refuses_rpc(conflict, 409):
            call(server, "DeleteGroup", GroupName=group)
        if conflict.endswith("User"):
            call(server, "RemoveUserFromGroup", GroupName=group, UserName=user.name)
    with refuses_rpc("NoPermission", 403):
        call(server, "ListUsers", user)
    call(server, "DetachPolicyFromGroup", GroupName=group, PolicyType="System", PolicyName="AliyunRAMReadOnlyAccess")
    call(server, "UpdateGroup", GroupName=group, NewGroupName=f"{group}-new")
    assert call(server, "GetGroup", GroupName=f"{group}-new")["Group"]["Comments"] == "c"
    call(server, "DeleteGroup", GroupName=f"{group}-new")


def test_policies_have_versions_of_which_one_counts(server):
    name, user = fresh_name("policy"), Somebody(server)
    first = document(allow("ram:GetUser", "*"))
    made = call(server, "CreatePolicy", PolicyName=name, PolicyDocument=first, Description="d")["Policy"]
    assert (made["PolicyType"], made["DefaultVersion"]) == ("Custom", "v1")
    call(server, "AttachPolicyToUser", PolicyName=name, PolicyType="Custom", UserName=user.name)
    call(server, "GetUser", user, UserName=user.name)
    second = document(allow("ram:ListUsers", "*"))
    version = call(server, "CreatePolicyVersion", PolicyName=name, PolicyDocument=second)["PolicyVersion"]
    assert (version["VersionId"], version["IsDefaultVersion"]) == ("v2", False)
    call(server, "GetUser", user, UserName=user.name)
    call(server, "SetDefaultPolicyVersion", PolicyName=name, VersionId="v2")
    with refuses_rpc("NoPermission", 403):
        call(server, "GetUser", user, UserName=user.name)
    call(server, "ListUsers", user)
    found = call(server, "GetPolicy", PolicyName=name, PolicyType="Custom")
    assert found["DefaultPolicyVersion"]["PolicyDocument"] == second
    assert (found["Policy"]["DefaultVersion"], found["Policy"]["AttachmentCount"]) == ("v2", 1)
    got = call(server, "GetPolicyVersion", PolicyName=name, PolicyType="Custom", VersionId="v1")
    assert got["PolicyVersion"]["PolicyDocument"] == first
    with refuses_rpc("DeleteConflict.Policy.Version.Policy", 409):
        call(server, "DeletePolicyVersion", PolicyName=name, VersionId="v2")
    for _ in range(3):
        call(server, "CreatePolicyVersion", PolicyName=name, PolicyDocument=second)
    with refuses_rpc("LimitExceeded.Policy.Version", 409):
        call(server, "CreatePolicyVersion", PolicyName=name, PolicyDocument=second)
    rotate = "DeleteOldestNonDefaultVersionWhenLimitExceeded"
    call(server, "CreatePolicyVersion", PolicyName=name, PolicyDocument=second, RotateStrategy=rotate)
    versions = call(server, "ListPolicyVersions", PolicyName=name, PolicyType="Custom")["PolicyVersions"]
    assert [found["VersionId"] for found in versions["PolicyVersion"]] == ["v2", "v3", "v4", "v5", "v6"]
    call(server, "DeletePolicyVersion", PolicyName=name, VersionId="v3")
    call(server, "UpdatePolicyDescription", PolicyName=name, NewDescription="changed")
    assert call(server, "GetPolicy", PolicyName=name, PolicyType="Custom")["Policy"]["Description"] == "changed"
    with refuses_rpc("DeleteConflict.Policy.User", 409):
        call(server, "DeletePolicy", PolicyName=name)
    call(server, "DeletePolicy", PolicyName=name, CascadingDelete="true")
    with refuses_rpc("NoPermission", 403):
        call(server, "ListUsers", user)
    with refuses_rpc("EntityNotExist.Policy", 404):
        call(server, "GetPolicy", PolicyName=name, PolicyType="Custom")


def test_a_malformed_policy_is_refused_with_what_is_wrong(server):
    with refuses_rpc("MalformedPolicyDocument", 400) as caught:
        call(server, "CreatePolicy", PolicyName=fresh_name(), PolicyDocument='{"Version":"1","Statement":[{"Effect":"Allow"}]}')
    assert "Statement 1: it must have Action or NotAction" in caught.error.get_error_msg()
    with refuses_rpc("InvalidParameter.PolicyName", 400):
        call(server, "CreatePolicy", PolicyName="a b", PolicyDocument=document(allow("oss:*", "*")))
    with refuses_rpc("MissingPolicyDocument", 400):
        call(server, "CreatePolicy", PolicyName=fresh_name())


def test_joining_two_takes_the_right_to_both(server):
    group, holder = fresh_name("group"), Somebody(server)
    role = make_role(server)
    policy = holder.allow(allow("oss:GetObject", "*"))
    call(server, "CreateGroup", GroupName=group)
    ours = f"acs:ram::{server.account_id}"
    joins = {
        "AddUserToGroup": {f"group/{group}": {"GroupName": group}, f"user/{holder.name}": {"UserName": holder.name}},
        "AttachPolicyToGroup": {f"group/{group}": {"GroupName": group}},
        "AttachPolicyToRole": {f"role/{role}": {"RoleName": role}},
        "AttachPolicyToUser": {f"user/{holder.name}": {"UserName": holder.name}},
    }
    for action, sides in joins.items():
        if action != "AddUserToGroup":
            sides[f"policy/{policy}"] = {"PolicyName": policy, "PolicyType": "Custom"}
        other = action.replace("AddUserTo", "RemoveUserFrom").replace("AttachPolicyTo", "DetachPolicyFrom")
        everything = {name: value for side in sides.values() for name, value in side.items()}
        actions = [f"ram:{action}", f"ram:{other}"]
        for resource in sides:
            one_side = Somebody(server, allow(actions, f"{ours}:{resource}"))
            for asked in (action, other):
                with refuses_rpc("NoPermission", 403):
                    call(server, asked, one_side, **everything)
        both = Somebody(server, allow(actions, [f"{ours}:{resource}" for resource in sides]))
        # What the user has already is taken first.
        for asked in (other, action) if action == "AttachPolicyToUser" else (action, other):
            call(server, asked, both, **everything)


def test_policies_are_attached_listed_and_detached(server):
    user = Somebody(server)
    attach = {"UserName": user.name, "PolicyName": "AliyunOSSReadOnlyAccess", "PolicyType": "System"}
    call(server, "AttachPolicyToUser", **attach)
    with refuses_rpc("EntityAlreadyExists.User.Policy", 409):
        call(server, "AttachPolicyToUser", **attach)
    [found] = call(server, "ListPoliciesForUser", UserName=user.name)["Policies"]["Policy"]
    assert (found["PolicyName"], found["PolicyType"]) == ("AliyunOSSReadOnlyAccess", "System")
    users = call(server, "ListEntitiesForPolicy", PolicyName="AliyunOSSReadOnlyAccess", PolicyType="System")["Users"]
    assert user.name in [found["UserName"] for found in users["User"]]
    call(server, "DetachPolicyFromUser", **attach)
    with refuses_rpc("EntityNotExist.User.Policy", 404):
        call(server, "DetachPolicyFromUser", **attach)
    with refuses_rpc("EntityNotExist.Policy", 404):
        call(server, "AttachPolicyToUser", **{**attach, "PolicyName": "NoSuchAccess"})
    policy = {"PolicyName": "AliyunOSSReadOnlyAccess", "PolicyType": "System"}
    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{server.account_id}:root"]}})
    for kind, more in {"Group": {}, "Role": {"AssumeRolePolicyDocument": trust}}.items():
        name = {f"{kind}Name": fresh_name(kind.lower())}
        call(server, f"Create{kind}", **name, **more)
        call(server, f"AttachPolicyTo{kind}", **name, **policy)
        [found] = call(server, f"ListPoliciesFor{kind}", **name)["Policies"]["Policy"]
        assert found["PolicyName"] == "AliyunOSSReadOnlyAccess"
        call(server, f"DetachPolicyFrom{kind}", **name, **policy)
        call(server, f"Delete{kind}", **name)
    system = call(server, "ListPolicies", PolicyType="System")["Policies"]["Policy"]
    assert {"AdministratorAccess", "AliyunOSSFullAccess", "AliyunMNSFullAccess"} <= {p["PolicyName"] for p in system}


def test_roles_are_made_found_changed_and_deleted(server):
    name = fresh_name("Role")
    trust = document(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{server.account_id}:root"]}}
    )
    made = call(server, "CreateRole", RoleName=name, AssumeRolePolicyDocument=trust, Description="d")["Role"]
    assert made["Arn"] == f"acs:ram::{server.account_id}:role/{name.lower()}"
    assert made["MaxSessionDuration"] == 3600
    changed = call(server, "UpdateRole", RoleName=name, NewMaxSessionDuration=7200)["Role"]
    assert (changed["MaxSessionDuration"], changed["Description"]) == (7200, "d")
    assert call(server, "GetRole", RoleName=name.lower())["Role"]["AssumeRolePolicyDocument"] == trust
    assert name in [role["RoleName"] for role in call(server, "ListRoles", MaxItems=1000)["Roles"]["Role"]]
    call(server, "AttachPolicyToRole", RoleName=name, PolicyType="System", PolicyName="AliyunOSSFullAccess")
    with refuses_rpc("DeleteConflict.Role.Policy", 409):
        call(server, "DeleteRole", RoleName=name)
    call(server, "DetachPolicyFromRole", RoleName=name, PolicyType="System", PolicyName="AliyunOSSFullAccess")
    call(server, "DeleteRole", RoleName=name)
    with refuses_rpc("MalformedPolicyDocument", 400):
        call(server, "CreateRole", RoleName=name, AssumeRolePolicyDocument=document(allow("oss:*", "*")))


def test_get_and_post_and_xml_work(server):
    assert call(server, "ListGroups", method="GET")["IsTruncated"] in (True, False)
    from aliyunsdkcore.request import CommonRequest

    request = CommonRequest(
        domain=server.endpoint.removeprefix("http://"), version="2015-05-01", action_name="ListUsers", product="Ram"
    )
    request.set_protocol_type("http")
    request.set_accept_format("XML")
    client = AcsClient(server.access_key_id, server.access_key_secret, server.region)
    status, headers, body, _ = client._implementation_of_do_action(request)
    assert status == 200 and headers["Content-Type"] == "text/xml;charset=utf-8"
    assert b"<ListUsersResponse><RequestId>" in body


def test_what_is_not_there_says_so(server):
    with refuses_rpc("InvalidAction.NotFound", 404):
        call(server, "MakeCoffee")
    with refuses_rpc("NotImplemented", 501):
        call(server, "CreateLoginProfile", UserName="x", Password="y")
    with refuses_rpc("NotImplemented", 501):
        call(server, "GetDRMLicense", product="imm", version="2020-09-30")
    with refuses_rpc("InvalidVersion", 400):
        call(server, "ListUsers", version="1999-01-01")


def test_identities_and_keys_survive_a_kill(own_server):
    user = Somebody(own_server, allow("ram:GetUser", "*"))
    own_server.kill()
    own_server.restart()
    assert call(own_server, "GetUser", user, UserName=user.name)["User"]["UserId"] == user.uid


def test_an_unsigned_request_is_refused(server):
    try:
        urllib.request.urlopen(f"{server.endpoint}/?Action=ListUsers&Version=2015-05-01&Format=JSON")
        raise AssertionError("accepted")
    except urllib.error.HTTPError as error:
        answer = json.loads(error.read())
        assert (error.code, answer["Code"]) == (400, "MissingSignature")
        assert {"RequestId", "HostId", "Code", "Message"} <= answer.keys()
