export { type FixtureName, fixture, fixtureNames } from './fixtures.ts';
export { type PostgresCluster, startPostgres } from './postgres-cluster.ts';
export { descendants, endOf, type ProcessSeen } from './processes.ts';
export { countSuccesses, recordServed, type ServedRecord, type Successes, successes } from './served-operations.ts';
export { type Answer, ConnectionBroken, contentMd5, type Keys, mns, oss, type SignedRequest } from './signed-client.ts';
export { type RunningServer, type StartOptions, startServer } from './start-server.ts';
export { until } from './until.ts';
