/** What the server and its supervisor process tell each other, over the channel of `fork`. */
export interface StartMessage {
  type: 'start';
  id: number;
  file: string;
  arguments: string[];
  environment: Record<string, string>;
  folder: string;
  /** Whether `file` is a sandbox, whose child is the first process inside. */
  sandboxed: boolean;
  /** Where to connect the tool's stdin and stdout, and what to say there first: the token, then 0 or 1. */
  socket: string;
  token: string;
  /** `null`: no such limit. */
  wallMs: number | null;
  memoryBytes: number | null;
  processes: number | null;
}

export type ToSupervisor = StartMessage | { type: 'kill'; id: number };

export type FromSupervisor =
  | { type: 'started'; id: number; pid: number }
  | { type: 'failed'; id: number; reason: string }
  | {
      type: 'ended';
      id: number;
      code: number | null;
      signal: string | null;
      stderr: string;
      stopped?: 'deadline' | 'memory' | 'processes' | 'killed';
    };

/** Hexadecimal digits of a token. */
export const TOKEN_LENGTH = 32;
