import { PostgresConnection } from './connection.ts';

/** What can be said of a database without a server on it, in the words of `millrace doctor`. */
export async function inspectDatabase(url: string): Promise<{ version: string; missing: string[] }> {
  let connection: PostgresConnection | undefined;
  try {
    connection = await PostgresConnection.open(url, 'reads');
    const settings = ['server_version', 'server_encoding', 'fsync', 'full_page_writes', 'transaction_read_only'];
    const { rows } = await connection.send(
      `SELECT ${settings.map((name) => `current_setting('${name}') AS ${name}`).join(', ')}`,
    );
    const [found = {}] = rows as Record<string, string>[];
    const expected = { server_encoding: 'UTF8', fsync: 'on', full_page_writes: 'on', transaction_read_only: 'off' };
    const missing = Object.entries(expected)
      .filter(([name, value]) => found[name] !== value)
      .map(([name, value]) => `${name} is ${found[name]} and should be ${value}`);
    return { version: `PostgreSQL ${found.server_version}`, missing };
  } catch (error) {
    return { version: '', missing: [error instanceof Error ? error.message : String(error)] };
  } finally {
    await connection?.close();
  }
}
