/** A file to appear whole under `path`: written under `temporary`, then renamed. Folders are made as they are needed. */
export interface FileToWrite {
  path: string;
  temporary: string;
  /** Given away: they cannot be read any more where they were. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** Writes files beside the thread that serves. Nothing is synced. */
export interface ResultFiles {
  /** Resolves once the file is there. Rejects with the system's error. */
  write(file: FileToWrite): Promise<void>;
}
