import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ConfigError, describeSettings, readConfig, settings } from './config.ts';

describe('readConfig', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const faultsOf = (environment: Record<string, string>): string => {
    try {
      readConfig(environment, folder);
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.message;
    }
    return assert.fail('the settings were accepted');
  };

  it('serves on loopback with everything in ./data when nothing is set', () => {
    const config = readConfig({}, folder);
    assert.equal(config.host, '127.0.0.1');
    assert.equal(config.port, 9000);
    assert.equal(config.dataFolder, join(folder, 'data'));
    assert.equal(config.rootKey, undefined);
  });

  it('lets the environment win over the file', () => {
    writeFileSync(join(folder, 'millrace.config.json'), '{"MILLRACE_PORT": 7000, "MILLRACE_REGION": "cn-beijing"}');
    const config = readConfig({ MILLRACE_PORT: '7001' }, folder);
    assert.equal(config.port, 7001);
    assert.equal(config.region, 'cn-beijing');
  });

  it('names every fault at once, with the place it was read from', () => {
    writeFileSync(join(folder, 'millrace.config.json'), '{"MILLRACE_REGION": "Not A Region", "MILLRACE_PROT": 1}');
    const message = faultsOf({ MILLRACE_PORT: '99999', MILLRACE_LOG_LEVEL: 'loud' });
    assert.match(message, /MILLRACE_PORT=99999 \(environment\) must be a whole number from 0 to 65535/);
    assert.match(message, /MILLRACE_LOG_LEVEL=loud \(environment\) must be one of/);
    assert.match(message, /MILLRACE_REGION=Not A Region \(millrace\.config\.json\)/);
    assert.match(message, /MILLRACE_PROT \(millrace\.config\.json\) is not a setting/);
  });

  it('asks for both halves of the root key', () => {
    assert.match(faultsOf({ MILLRACE_ACCESS_KEY_ID: 'root' }), /must be set together/);
  });

  it('never prints a secret', () => {
    const message = faultsOf({ MILLRACE_ACCESS_KEY_ID: 'root', MILLRACE_ACCESS_KEY_SECRET: 'hush me' });
    assert.match(message, /MILLRACE_ACCESS_KEY_SECRET \(environment\)/);
    assert.doesNotMatch(message, /hush/);
  });

  it('takes a database, and never prints what may hold a password', () => {
    const url = 'postgres://me:hush@db/millrace';
    assert.equal(readConfig({ MILLRACE_DATABASE_URL: url }, folder).databaseUrl, url);
    const message = faultsOf({ MILLRACE_DATABASE_URL: 'mysql://me:hush@db/millrace' });
    assert.match(message, /MILLRACE_DATABASE_URL \(environment\) must begin with postgres:/);
    assert.doesNotMatch(message, /hush/);
  });

  it('refuses the mode that is not there yet', () => {
    assert.match(faultsOf({ MILLRACE_MODE: 'cluster' }), /not available/);
  });

  it('describes every setting', () => {
    for (const name of Object.keys(settings)) assert.ok(describeSettings().includes(name));
  });
});
