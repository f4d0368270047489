/** One message on its way to a subscriber's URL. */
export interface PushRequest {
  url: URL;
  contentType: string;
  /** Names in lower case, `x-mns-…`: signed with the rest. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Sends pushes, signed with the server's own key. */
export interface PushSender {
  /** Says with which status it was answered. Rejects when it was not, with a message fit for operators. */
  send(request: PushRequest, signal: AbortSignal): Promise<{ status: number }>;
  /** Why nothing may ever be sent to this URL, or undefined. A name is judged only once it is looked up. */
  fault(url: URL): string | undefined;
}
