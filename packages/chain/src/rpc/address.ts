import { BaseError } from '@breakwater/kernel'

/** A provider's URL, taken apart so that what is secret in it never gets near a message. */
export interface RpcAddress {
  /** Where to connect. User and password are in it for a WebSocket, which takes no headers, and only there. */
  url: string
  /** `host:port` or `host`. */
  label: string
  transport: 'http' | 'webSocket'
  /** Value of the Authorization header, from user and password in an HTTP URL. */
  authorization: string | null
  /** The text without anything that the URL keeps secret: nodes like to repeat keys in their errors. */
  redact(text: string): string
}

const TRANSPORTS: Readonly<Record<string, RpcAddress['transport']>> = {
  'http:': 'http',
  'https:': 'http',
  'ws:': 'webSocket',
  'wss:': 'webSocket',
}
const SHORTEST_SECRET = 6

/** @throws CHAIN_RPC_URL, without repeating the URL, when it is none or has another scheme than `allowed`. */
export function parseRpcUrl(
  text: string,
  allowed: readonly RpcAddress['transport'][] = ['http', 'webSocket'],
): RpcAddress {
  if (!URL.canParse(text)) {
    throw new BaseError('CHAIN_RPC_URL', 'RPC URL cannot be parsed', {
      hint: 'write it as https://host/path or wss://host/path',
    })
  }
  const url = new URL(text)
  const transport = TRANSPORTS[url.protocol]
  if (transport === undefined || !allowed.includes(transport)) {
    const schemes = Object.entries(TRANSPORTS).filter(([, name]) => allowed.includes(name))
    throw new BaseError('CHAIN_RPC_URL', `RPC URL of ${url.host} has the scheme "${url.protocol}"`, {
      hint: `write ${schemes.map(([scheme]) => `${scheme}//`).join(' or ')}`,
    })
  }
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
  const secrets = [user, password, ...(url.pathname.match(/[^/]+/g) ?? []), ...url.searchParams.values()]
    .filter((part) => part.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length)
  const isHttp = transport === 'http'
  if (isHttp) [url.username, url.password] = ['', '']
  url.hash = ''
  return {
    url: url.href,
    label: url.host,
    transport,
    authorization: isHttp && `${user}${password}` !== '' ? `Basic ${btoa(`${user}:${password}`)}` : null,
    redact: (message) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '…'), message),
  }
}
