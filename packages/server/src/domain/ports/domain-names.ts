/** What the world's domain names say. */
export interface DomainNames {
  /** The text records of a name; none when there is no such name or nobody answers for it. */
  texts(name: string): Promise<string[]>;
}
