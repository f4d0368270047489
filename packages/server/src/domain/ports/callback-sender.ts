/** One request to somebody else's server, made on behalf of a client. */
export interface CallbackRequest {
  url: string;
  /** What the Host header says instead of the host of the URL. */
  host: string | undefined;
  /** Whether a TLS handshake names the host (server name indication). */
  sni: boolean;
  contentType: string;
  body: string;
}

export interface CallbackResponse {
  status: number;
  /** Undefined when there is no Content-Length, or one past what is taken. */
  body: Uint8Array | undefined;
}

/** Sends callbacks, signed with the server's own key. Rejects when there is no answer, with a message fit for clients. */
export interface CallbackSender {
  send(request: CallbackRequest, signal: AbortSignal): Promise<CallbackResponse>;
}
