import { BaseError, messageOf } from '@breakwater/kernel'

/** Somebody's price of one asset, independent of the protocol and of the other sources. */
export interface PriceSource {
  name: string
  asset: string
  /** USD times 10^8. Anything thrown counts as no answer. */
  read(signal: AbortSignal): Promise<bigint>
}

export interface JsonSourceOptions {
  name: string
  asset: string
  url: string
  /** Where the price stands in the answer: `price`, `data.0.last`. */
  path: string
}

const MAX_ANSWER_BYTES = 64 * 1024

/** A price out of any HTTP API that answers with JSON. */
export function createJsonSource({ name, asset, url, path }: JsonSourceOptions): PriceSource {
  const failed = (reason: string, cause?: unknown) =>
    new BaseError('NODE_PRICE_SOURCE', `price source ${name} (${asset}): ${reason}`, {
      retry: 'later',
      cause,
    })
  return {
    name,
    asset,
    async read(signal) {
      const response = await fetch(url, { signal, headers: { accept: 'application/json' } }).catch(
        (cause) => {
          throw failed(messageOf(cause), cause)
        },
      )
      if (!response.ok) throw failed(`answered ${response.status}`)
      const text = await readText(response).catch((cause) => {
        throw failed(messageOf(cause), cause)
      })
      let value: unknown
      try {
        value = JSON.parse(text)
      } catch (cause) {
        throw failed('answered something that is not JSON', cause)
      }
      for (const step of path.split('.'))
        value = (value as Record<string, unknown> | null | undefined)?.[step]
      const priceE8 = parsePriceE8(value)
      if (priceE8 === null) throw failed(`has no positive decimal number at "${path}"`)
      return priceE8
    },
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > MAX_ANSWER_BYTES) throw new Error(`answered more than ${MAX_ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A positive decimal number, as text or as a JSON number, in units of 10^-8; digits beyond are cut off. */
export function parsePriceE8(value: unknown): bigint | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const match = /^(\d{1,18})(?:\.(\d{1,40}))?$/.exec(String(value))
  if (match?.[1] === undefined) return null
  const priceE8 = BigInt(match[1]) * 100_000_000n + BigInt((match[2] ?? '').slice(0, 8).padEnd(8, '0'))
  return priceE8 > 0n ? priceE8 : null
}
