import type { Database as SqlDatabase, Statement } from '../sql/database.ts';
import type { Database } from './connection.ts';

/** A connection to SQLite as the records are written for it. Its statements are those of the library, with nothing around them. */
export const sqlDatabase = (database: Database): SqlDatabase => ({
  dialect: {
    // The columns that it is asked of are declared NOCASE.
    sameName: (column, name) => `${column} = ${name}`,
    hasMember: (json, path, name, value) =>
      `EXISTS (SELECT 1 FROM json_each(${json}, '$.${path.join('.')}') AS member
         WHERE member.key = ${name} AND member.value = ${value})`,
  },
  prepare: <Bound extends unknown[], Row>(sql: string) =>
    // The library's type depends on what is bound, of which it cannot be told here that it is a list.
    database.prepare<Bound, Row>(sql) as unknown as Statement<Bound, Row>,
  prepareInsert<Bound extends unknown[]>(sql: string) {
    const statement = database.prepare<Bound>(sql);
    return (...bound: Bound) => Number(statement.run(...bound).lastInsertRowid);
  },
  snapshot: (run) => (database.inTransaction ? run() : database.transaction(run).deferred()),
});
