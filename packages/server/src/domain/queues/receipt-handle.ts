/**
 * A receipt handle names one delivery of one message: `{priority}-{row number, base 36}-{receipt}`. Clients put handles
 * into URLs escaped or raw, so only letters, digits and hyphens may occur, which read the same either way.
 */
export interface ReceiptHandle {
  rowId: number;
  receipt: string;
}

const SHAPE = /^(?:[1-9]|1[0-6])-([0-9a-z]{1,10})-([0-9a-f]{16})$/;

export function formatReceiptHandle(message: { id: number; priority: number }, receipt: string): string {
  return `${message.priority}-${message.id.toString(36)}-${receipt}`;
}

/** Undefined for text that no server of ours ever gave out. */
export function parseReceiptHandle(text: string): ReceiptHandle | undefined {
  const match = SHAPE.exec(text);
  const [, row, receipt] = match ?? [];
  if (row === undefined || receipt === undefined) return undefined;
  const rowId = Number.parseInt(row, 36);
  return Number.isSafeInteger(rowId) ? { rowId, receipt } : undefined;
}
