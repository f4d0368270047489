import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../measure.ts';
import { type OtherServer, startOther } from '../programs.ts';

export const ELASTICMQ = '1.6.11';

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>millrace.bench</groupId><artifactId>peer</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.elasticmq</groupId><artifactId>elasticmq-server_2.13</artifactId><version>${ELASTICMQ}</version>
  </dependency></dependencies>
</project>
`;

/** As it comes, so that messages are kept in memory only. */
const settings = (port: number): string => `
generate-node-address = false
node-address { protocol = http, host = "127.0.0.1", port = ${port}, context-path = "" }
rest-sqs { enabled = true, bind-hostname = "127.0.0.1", bind-port = ${port}, sqs-limits = strict }
rest-stats { enabled = false }
messages-storage { enabled = false }
queues-storage { enabled = false }
queues { bench { defaultVisibilityTimeout = 30 seconds } }
`;

/** Its files, installed beside the project by Maven: it is a peer to compare with, and no part of anything. */
async function installed(): Promise<string> {
  const folder = fileURLToPath(new URL('../../.cache/peer/elasticmq', import.meta.url));
  if (existsSync(folder) && readdirSync(folder).some((name) => name.endsWith(`${ELASTICMQ}.jar`))) return folder;
  await mkdir(folder, { recursive: true });
  const project = join(folder, 'pom.xml');
  await writeFile(project, pom);
  await runProgram('mvn', [
    ...['-q', '-B', '-f', project, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`],
  ]);
  return folder;
}

/** An ElasticMQ with a queue `bench`. */
export async function startElasticMq(scratch: string): Promise<OtherServer> {
  const folder = await installed();
  const file = join(scratch, 'elasticmq.conf');
  return startOther('java', async (port) => {
    await writeFile(file, settings(port));
    return ['-cp', join(folder, '*'), `-Dconfig.file=${file}`, 'org.elasticmq.server.Main'];
  });
}
