import { parseRpcUrl } from './address.ts'
import { createHttpRpc } from './http.ts'
import { DEFAULT_RPC_OPTIONS, type Rpc, type RpcOptions } from './rpc.ts'
import { createWebSocketRpc } from './webSocket.ts'

export interface ConnectOptions extends Partial<RpcOptions> {
  /** A `ws(s)://` URL of the same provider, for the announcements of new heads alone. */
  announcementsUrl?: string
}

/**
 * A provider by its URL: `http(s)://` or `ws(s)://`. Nothing is sent before the first request. Fastest is HTTP with
 * announcements over WebSocket: answers to parallel requests do not queue behind each other on one connection.
 * @throws CHAIN_RPC_URL
 */
export function connectRpc(url: string, { announcementsUrl, ...options }: ConnectOptions = {}): Rpc {
  const address = parseRpcUrl(url)
  const all = { ...DEFAULT_RPC_OPTIONS, ...options }
  const rpc = address.transport === 'http' ? createHttpRpc(address, all) : createWebSocketRpc(address, all)
  if (announcementsUrl === undefined) return rpc
  const announcer = createWebSocketRpc(parseRpcUrl(announcementsUrl, ['webSocket']), all)
  return {
    ...rpc,
    ...(announcer.subscribeHeads === undefined ? {} : { subscribeHeads: announcer.subscribeHeads }),
    close() {
      rpc.close()
      announcer.close()
    },
  }
}
