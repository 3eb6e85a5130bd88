/** Something to tell the outside. `key` is the same however often it is sent. */
export interface Message {
  key: string
  /** JSON text. */
  body: string
}

/** A way out of the guardian. */
export interface Channel {
  /** As configured: what messages in the outbox are addressed to. */
  name: string
  /** Resolves once the other side has taken the message; anything thrown means: again later. */
  send(message: Message, signal: AbortSignal): Promise<void>
}
