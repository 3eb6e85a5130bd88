import { BaseError } from '@breakwater/kernel'

/** Where a guardian is reached. The host may be a name: it is looked up anew for each attempt. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** `host:port`; an IPv6 address in brackets. @throws NODE_ENDPOINT */
export function parseEndpoint(text: string, lowestPort = 1): Endpoint {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host !== undefined && port >= lowestPort && port <= 65_535) return { host, port }
  throw new BaseError('NODE_ENDPOINT', `"${text.slice(0, 300)}" is not where a guardian can be reached`, {
    hint: 'write host:port, as in guardian.example.org:7411 or [2001:db8::1]:7411',
  })
}

export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
