import {
  BaseError,
  type Facts,
  type Hex,
  type Known,
  type RefPrice,
  shorten,
  type TxFacts,
  toJson,
} from '@breakwater/kernel'

/** Facts as text: maps as lists of pairs, bigints as decimal strings. */
export function encodeFacts({ block, txs, calls, observed }: Facts): string {
  const refs = [...observed.refs]
  return toJson({ block, txs, calls: [...calls], observed: { atMs: observed.atMs, refs } })
}

type Stored<T> = { ok: true; value: T } | { ok: false; reason: 'reverted' }

interface StoredFacts {
  block: { number: string; hash: Hex; parentHash: Hex; timestampSeconds: string }
  txs: readonly TxFacts[]
  calls: readonly [string, Stored<string>][]
  observed: {
    atMs: number
    refs: readonly [string, Stored<{ priceE8: string; sources: number; atMs: number }>][]
  }
}

/** What `encodeFacts` wrote. @throws NODE_STORE_DAMAGED for anything else */
export function decodeFacts(text: string): Facts {
  try {
    return fromStored(JSON.parse(text))
  } catch (cause) {
    throw new BaseError(
      'NODE_STORE_DAMAGED',
      `the store has a block that cannot be read: ${shorten(text, 60)}`,
      {
        hint: 'delete the store: it is rebuilt from the chain; keep the write-ahead logs',
        cause,
      },
    )
  }
}

function fromStored({ block, txs, calls, observed }: StoredFacts): Facts {
  const map = <S, T>(stored: Stored<S>, value: (inner: S) => T): Known<T> =>
    stored.ok ? { ok: true, value: value(stored.value) } : stored
  const priceOf = ({ priceE8, ...rest }: { priceE8: string; sources: number; atMs: number }): RefPrice => ({
    ...rest,
    priceE8: BigInt(priceE8),
  })
  return {
    block: { ...block, number: BigInt(block.number), timestampSeconds: BigInt(block.timestampSeconds) },
    txs: [...txs],
    calls: new Map(calls.map(([id, result]) => [id, map(result, BigInt)])),
    observed: {
      atMs: observed.atMs,
      refs: new Map(observed.refs.map(([asset, ref]) => [asset, map(ref, priceOf)])),
    },
  }
}
