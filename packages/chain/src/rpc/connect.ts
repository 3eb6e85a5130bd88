import { parseRpcUrl } from './address.ts'
import { createHttpRpc } from './http.ts'
import { DEFAULT_RPC_OPTIONS, type Rpc, type RpcOptions } from './rpc.ts'
import { createWebSocketRpc } from './webSocket.ts'

/**
 * A provider by its URL: `http(s)://` or `ws(s)://`. Nothing is sent before the first request.
 * @throws CHAIN_RPC_URL
 */
export function connectRpc(url: string, options: Partial<RpcOptions> = {}): Rpc {
  const address = parseRpcUrl(url)
  const all = { ...DEFAULT_RPC_OPTIONS, ...options }
  return address.transport === 'http' ? createHttpRpc(address, all) : createWebSocketRpc(address, all)
}
