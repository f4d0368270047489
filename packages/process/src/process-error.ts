/**
 * Why a process string is refused. `invalid`: the caller wrote something wrong. `unsupported`: the vendor documents it,
 * this server does not do it.
 */
export interface ProcessFault {
  kind: 'invalid' | 'unsupported';
  /** `image/resize`; empty when the fault is not inside one operation. */
  operation: string;
  /** The parameter to change, named as on the wire; `process` for the string as a whole. */
  parameter: string;
  /** What the caller wrote there, shortened when it is long; empty when it is missing. */
  value: string;
  /** What would be right. */
  reason: string;
  /**
   * Where the vendor tells it apart from a wrong value: nothing was written, or more than one value; or the operation is one
   * that is done at once only.
   */
  lack?: 'missing' | 'repeated' | 'task' | undefined;
}

/** Longest piece of the caller's text repeated in a message. */
const SHOWN = 128;

export class ProcessError extends Error implements ProcessFault {
  readonly kind: ProcessFault['kind'];
  readonly operation: string;
  readonly parameter: string;
  readonly value: string;
  readonly reason: string;
  readonly lack: ProcessFault['lack'];
  constructor(fault: ProcessFault) {
    const value = fault.value.length > SHOWN ? `${fault.value.slice(0, SHOWN)}…` : fault.value;
    super(
      fault.kind === 'unsupported'
        ? `${fault.operation} is not available: ${fault.reason}`
        : `The value: ${value} of parameter: ${fault.parameter} is invalid. ${fault.reason}`,
    );
    this.name = 'ProcessError';
    this.kind = fault.kind;
    this.operation = fault.operation;
    this.parameter = fault.parameter;
    this.value = value;
    this.reason = fault.reason;
    this.lack = fault.lack;
  }
}
