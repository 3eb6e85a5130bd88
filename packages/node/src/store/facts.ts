import {
  assert,
  type Facts,
  type Hex,
  type Known,
  type RefPrice,
  type TxFacts,
  toJson,
} from '@breakwater/kernel'

/** Facts as text: maps as lists of pairs, bigints as decimal strings. */
export function encodeFacts({ block, txs, calls, observed }: Facts): string {
  const refs = [...observed.refs]
  return toJson({ block, txs, calls: [...calls], observed: { atMs: observed.atMs, refs } })
}

type Stored<T> = { ok: true; value: T } | { ok: false; reason: string }

/** What `encodeFacts` wrote; a row that it did not write is a programmer's error. */
export function decodeFacts(text: string): Facts {
  const raw = JSON.parse(text) as {
    block: { number: string; hash: Hex; parentHash: Hex; timestampSeconds: string }
    txs: TxFacts[]
    calls: [string, Stored<string>][]
    observed: { atMs: number; refs: [string, Stored<{ priceE8: string; sources: number; atMs: number }>][] }
  }
  assert(Array.isArray(raw.txs) && Array.isArray(raw.calls), 'stored facts have transactions and calls')
  const map = <S, T>(stored: Stored<S>, value: (inner: S) => T): Known<T> =>
    stored.ok ? { ok: true, value: value(stored.value) } : (stored as { ok: false; reason: 'reverted' })
  const { number, timestampSeconds, ...hashes } = raw.block
  return {
    block: { ...hashes, number: BigInt(number), timestampSeconds: BigInt(timestampSeconds) },
    txs: raw.txs,
    calls: new Map(raw.calls.map(([id, result]) => [id, map(result, BigInt)])),
    observed: {
      atMs: raw.observed.atMs,
      refs: new Map(
        raw.observed.refs.map(([asset, ref]) => [
          asset,
          map(ref, ({ priceE8, ...rest }): RefPrice => ({ ...rest, priceE8: BigInt(priceE8) })),
        ]),
      ),
    },
  }
}
