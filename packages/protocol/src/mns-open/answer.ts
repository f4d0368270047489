/** Around what each action says. */
export interface Answer<T> {
  Code: 200;
  Status: 'Success';
  Message: string;
  Success: true;
  Data: T;
}

/** All that an action says around nothing. */
export type Acknowledged = Omit<Answer<never>, 'Data'>;

/** All that an action says which changes something. */
export interface Done {
  Code: 200;
  Message: string;
  Success: true;
}

export interface Page<T> {
  PageData: T[];
  PageNum: number;
  PageSize: number;
  /** How many pages there are. */
  Pages: number;
  /** How many are on this one. */
  Size: number;
  Total: number;
}

export interface WireTag {
  TagKey: string;
  TagValue: string;
}
