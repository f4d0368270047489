/**
 * Runs external programs on behalf of the engines: sandboxed, limited, and gone when the call is over.
 *
 * A tool sees a read-only system, no network, and one private folder mounted at `/work`, its working directory. Inputs
 * appear there read-only under the names given; outputs are whatever it leaves there.
 */
export interface ToolHost {
  /** Makes a private folder for one job. */
  workspace(): Promise<Workspace>;
  /** Starts a program in a workspace. Rejects with `EngineMissing` when the program is not installed. */
  start(tool: ToolRun): Promise<RunningTool>;
  /** `start`, then wait: resolves with stdout and the end of stderr, rejects with `EngineFailed` on a non-zero exit. */
  run(tool: ToolRun): Promise<{ stdout: Uint8Array; stderr: string }>;
  close(): Promise<void>;
}

export interface Workspace extends AsyncDisposable {
  /** The folder as the server sees it. */
  readonly path: string;
  /** The folder as the tool sees it: `/work`, or `path` itself where there is no sandbox to mount it in. */
  readonly inside: string;
  /** Makes a local file visible to tools started here, read-only, as `inside/name`, without copying it. */
  input(name: string, localPath: string): void;
  readonly inputs: ReadonlyMap<string, string>;
  /**
   * The path, as the server sees it, of a file a tool left here. Rejects with `EngineFailed` when there is none or when
   * it is anything but a regular file: a link would make the server read what the tool itself could not.
   */
  output(name: string): Promise<string>;
}

export interface ToolRun {
  workspace: Workspace;
  command: string;
  arguments: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** Files and folders outside the system's own that the program needs, mounted read-only where they are. */
  visible?: readonly string[];
  limits: ToolLimits;
  signal: AbortSignal;
}

/** What a tool may use. Exceeding one kills its whole process group. `Infinity` means no such limit. */
export interface ToolLimits {
  wallMs: number;
  /** Of each process. */
  cpuSeconds: number;
  /** Of all its processes together, looked at twice a second; no single one can allocate more in between. */
  memoryBytes: number;
  /** Largest single file it may write. */
  outputBytes: number;
  processes: number;
}

/** A program that stays: a warm worker that is talked to over its stdin and stdout. */
export interface RunningTool {
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: NodeJS.ReadableStream;
  /** Resolves when the program has ended, however it ended, and its process group is gone. */
  readonly exited: Promise<ToolExit>;
  /** Kills the whole process group. */
  kill(): void;
}

export interface ToolExit {
  code: number | null;
  signal: string | null;
  /** The last 64 KiB, for the log; never for clients. */
  stderr: string;
  /** Why the host ended it, if the host did. */
  stopped?: 'deadline' | 'memory' | 'processes' | 'killed' | 'host ended';
}
