/** The vendor shows accounts by number, also where a name would stand. */
export const ownerOf = (accountId: string): { ID: string; DisplayName: string } => ({
  ID: accountId,
  DisplayName: accountId,
});
