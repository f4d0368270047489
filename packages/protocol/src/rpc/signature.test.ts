/** The vectors of the vendor's page and of official clients that were recorded. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { xmlAnswer } from './answer.ts';
import { RpcError } from './errors.ts';
import { canonicalRequestAcs3, parseAcs3, stringToSignAcs3, stringToSignV1 } from './signature.ts';

const signV1 = (method: string, parameters: Record<string, string>): string =>
  createHmac('sha1', 'testsecret&')
    .update(stringToSignV1(method, new Map(Object.entries(parameters))))
    .digest('base64');

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('version 1: the documented request', () => {
  const parameters = {
    ...{ Action: 'CreateUser', UserName: 'test', Version: '2015-05-01', Format: 'JSON', AccessKeyId: 'testid' },
    ...{ SignatureMethod: 'HMAC-SHA1', SignatureVersion: '1.0', Timestamp: '2015-08-18T03:15:45Z' },
    SignatureNonce: '6a6e0ca6-4557-11e5-86a2-b8e8563dc8d2',
  };
  assert.equal(signV1('GET', parameters), 'kRA2cnpJVacIhDMzXnoNZG9tDCI=');
  assert.equal(signV1('GET', { ...parameters, Signature: 'not part of it' }), 'kRA2cnpJVacIhDMzXnoNZG9tDCI=');
  assert.notEqual(signV1('POST', parameters), 'kRA2cnpJVacIhDMzXnoNZG9tDCI=');
});

test('version 1: a form, an empty value and text past ASCII, as the Python client sends them', () => {
  const parameters = {
    ...{ Version: '2015-04-01', Action: 'GetCallerIdentity', Format: 'JSON', RegionId: 'cn-hangzhou' },
    ...{ Timestamp: '2026-11-22T10:52:32Z', SignatureMethod: 'HMAC-SHA1', SignatureType: '', SignatureVersion: '1.0' },
    ...{ SignatureNonce: '0921f793ea7c126d0a59579434075132', AccessKeyId: 'testid', X: 'a b*~+/中' },
  };
  assert.equal(signV1('POST', parameters), 'VbrgtlZ8hYO6zV3gIkPRuoGNlqY=');
});

test('version 1: what clients of IMM send, with an empty SignatureType and names past ASCII', () => {
  const common = {
    ...{ Format: 'JSON', RegionId: 'cn-beijing', Version: '2017-09-06', AccessKeyId: 'testid' },
    ...{ SignatureMethod: 'HMAC-SHA1', SignatureVersion: '1.0', SignatureType: '' },
  };
  const project = {
    ...common,
    ...{ Action: 'PutProject', Project: 'GetResult-ByNotify-Demo', Type: 'DocStarter', CU: '1' },
    ...{ SignatureNonce: '9A046CDE-B4BC-47A0-B235-7D904260190D', Timestamp: '2018-11-15T02:40:35Z' },
  };
  assert.equal(signV1('GET', project), '/YrVllfzz3jdAVD4YnO1KRKOFtA=');
  assert.equal(signV1('POST', project), 'In+rXUPvC0G+yC8zPaMwhY/axXw=');
  const task = {
    ...common,
    ...{ Action: 'CreateOfficeConversionTask', Project: 'p1', SrcUri: 'oss://b1/zqh/5页Word.docx', TgtType: 'png' },
    ...{ TgtUri: 'oss://b1/out/a*b~c d/', SignatureNonce: '1', Timestamp: '2018-11-15T02:42:31Z' },
  };
  assert.equal(signV1('GET', task), '0jwIc6zkjTruaR2aJX5muVHjIq4=');
});

test('version 1: with a token', () => {
  const parameters = {
    ...{ AccessKeyId: 'STS.testid', Action: 'SendSms', Format: 'XML', SecurityToken: 'tok+/==' },
    ...{ SignatureMethod: 'HMAC-SHA1', SignatureNonce: 'n-1', SignatureVersion: '1.0' },
    ...{ TemplateParam: '{"code":"12 34"}', Timestamp: '2024-01-02T03:04:05Z', Version: '2017-05-25' },
  };
  assert.equal(signV1('POST', parameters), 'eOa68utIDGdkskMteJxTmNJzH2A=');
});

test('ACS3: what the second generation of clients sends', () => {
  const headers = {
    host: '127.0.0.1:19324',
    'x-acs-action': 'AssumeRole',
    'x-acs-content-sha256': sha256(''),
    'x-acs-credentials-provider': 'static_ak',
    'x-acs-date': '2026-11-22T10:52:30Z',
    'x-acs-signature-nonce': 'ef8ac76ce9c99c17ecc1b987b536d36788a8623a84355cc8a6af8f1514d0d16a',
    'x-acs-version': '2015-04-01',
  };
  const query = Object.entries({
    RoleArn: 'acs:ram::1:role/r',
    DurationSeconds: '900',
    Policy: '{"Version":"1"}',
    RoleSessionName: 'alice',
  });
  const request = { method: 'POST', path: '/', query, headers, bodySha256: sha256('') };
  const canonical = canonicalRequestAcs3(request, Object.keys(headers));
  assert.equal(sha256(canonical), '85572ef49a254d3f8d11be7f963b0e268bbfa6c29f10f938c4e697ea6170ef11');
  const signature = createHmac('sha256', 'testsecret')
    .update(stringToSignAcs3(sha256(canonical)))
    .digest('hex');
  assert.equal(signature, '7fe4d6d630ed564d856aee82da62772767569960c46a72fda6cbe6dbe0d5c892');
});

const acs3 = (host: string, query: Record<string, string>, given: Record<string, string>, secret: string) => {
  const headers = { host, 'x-acs-content-sha256': sha256(''), ...given };
  const request = { method: 'POST', path: '/', query: Object.entries(query), headers, bodySha256: sha256('') };
  const canonical = sha256(canonicalRequestAcs3(request, Object.keys(headers).sort()));
  return [canonical, createHmac('sha256', secret).update(stringToSignAcs3(canonical)).digest('hex')];
};

test('ACS3: the example of the vendor', () => {
  const query = { ImageId: 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd', RegionId: 'cn-shanghai' };
  const headers = {
    'x-acs-action': 'RunInstances',
    'x-acs-date': '2023-10-26T10:22:32Z',
    'x-acs-signature-nonce': '3156853299f313e23d1673dc12e1703d',
    'x-acs-version': '2014-05-26',
  };
  assert.deepEqual(acs3('ecs.cn-shanghai.aliyuncs.com', query, headers, 'YourAccessKeySecret'), [
    '7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259',
    '06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0',
  ]);
});

test('ACS3: a task that is asked for', () => {
  const query = { ProjectName: 'test-project', TaskId: 'OfficeConversion-1', TaskType: 'OfficeConversion' };
  const headers = {
    'x-acs-action': 'GetTask',
    'x-acs-date': '2026-01-02T03:04:05Z',
    'x-acs-signature-nonce': 'n-1',
    'x-acs-version': '2020-09-30',
  };
  assert.deepEqual(acs3('imm.cn-hangzhou.aliyuncs.com', query, headers, 'testsecret'), [
    'e221b234cfc149210cf9a87cd95467f01d619243831ce8e6d8fe21f1d2255f76',
    'a6ea929f109180ea42dbefb3cf93dbd7f5b0c5586b5cb28f1bb46f123be5e376',
  ]);
});

test('ACS3: the header is taken apart, however its commas are spaced', () => {
  assert.deepEqual(parseAcs3('ACS3-HMAC-SHA256 Credential=k, SignedHeaders=host;X-Acs-Date ,Signature=ab'), {
    accessKeyId: 'k',
    signedHeaders: ['host', 'x-acs-date'],
    signature: 'ab',
  });
  for (const bad of ['ACS3-HMAC-SHA256', 'ACS3-HMAC-SHA256 Credential=k', 'acs k:s', 'ACS3-HMAC-SHA256 Signature=a']) {
    assert.equal(parseAcs3(bad), undefined, bad);
  }
});

test('an answer in XML says what it says in JSON', () => {
  const answer = { RequestId: 'R', Users: { User: [{ UserName: 'a<b' }, { UserName: 'c', N: 1 }] }, Marker: undefined };
  assert.match(
    xmlAnswer('ListUsersResponse', answer),
    /<ListUsersResponse><RequestId>R<\/RequestId><Users><User><UserName>a&lt;b<\/UserName><\/User><User><UserName>c<\/UserName><N>1<\/N><\/User><\/Users><\/ListUsersResponse>$/,
  );
});

test('codes have the status of their family', () => {
  assert.equal(new RpcError('EntityNotExist.User').status, 404);
  assert.equal(new RpcError('DeleteConflict.User.AccessKey').status, 409);
  assert.equal(new RpcError('MissingUserName').status, 400);
  assert.equal(new RpcError('NoPermission').status, 403);
});
