/** What ends a query inside the worker: the server makes a `SelectFailed` of it. */
export class SelectFault extends Error {
  override readonly name = 'SelectFault';
  readonly fault: 'statement' | 'data';
  constructor(fault: 'statement' | 'data', reason: string) {
    super(reason);
    this.fault = fault;
  }
}

export const statementFault = (reason: string): SelectFault => new SelectFault('statement', reason);
export const dataFault = (reason: string): SelectFault => new SelectFault('data', reason);
