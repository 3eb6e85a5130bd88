/** One provider's JSON-RPC 2.0, over whichever transport. */
export interface Rpc {
  /** `host:port`: what messages, metrics and the API call this provider. Never the path, which may hold a key. */
  readonly label: string
  /**
   * The `result` of one call, `null` included.
   * @throws BaseError `CHAIN_RPC_TIMEOUT`, `CHAIN_RPC_UNREACHABLE`, `CHAIN_RPC_HTTP`, `CHAIN_RPC_MALFORMED`,
   * `CHAIN_RPC_TOO_LARGE`, `CHAIN_RPC_ERROR` (the node answered with an error), `CHAIN_RPC_CLOSED`; the signal's
   * reason when it aborts.
   */
  request(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown>
  /** Announcements of new heads where the transport has them. They are hints: unverified, and possibly incomplete. */
  readonly subscribeHeads?: (listener: HeadListener) => Promise<() => void>
  /** Ends what is under way with `CHAIN_RPC_CLOSED`. */
  close(): void
}

export interface HeadListener {
  /** A block header as the node gives it. */
  onHead(header: unknown): void
  /** The subscription ended by itself: no further `onHead`. */
  onEnd(error: unknown): void
}

export interface RpcOptions {
  /** The whole call, answer read included. */
  timeoutMs: number
  /** Larger answers are refused. */
  maxAnswerBytes: number
}

/** A receipts answer of a full mainnet block is about 3 MB. */
export const DEFAULT_RPC_OPTIONS: RpcOptions = { timeoutMs: 10_000, maxAnswerBytes: 64 * 1024 * 1024 }
