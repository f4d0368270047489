/** Sends one event to the webhook of this instance, signed. Resolves with the status of the answer, rejects without one. */
export interface WebhookSender {
  send(event: { id: string; body: string; sentMs: number }, signal: AbortSignal): Promise<number>;
}
