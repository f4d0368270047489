/** A key under which the keys of blobs are sealed. Its id stands in every seal, so that there may come new ones. */
export interface MasterKey {
  id: string;
  /** 32 bytes. */
  secret: Uint8Array;
}

/** Master keys, kept apart from records and bytes: without them neither can be read. */
export interface MasterKeys {
  /** The one that new blobs are sealed with; made on first use. */
  current(): MasterKey;
  find(id: string): MasterKey | undefined;
}
