import type { Facts, Hex, Log, LogWord, Series } from '@breakwater/kernel'

/** What each series adds in one block, in the order of the series. */
export type Tally = (facts: Facts) => bigint[]

/**
 * Sums series over a block's logs. A log that nothing asks for costs one map look-up, however many series there are;
 * reverted transactions have no logs.
 */
export function createTally(series: readonly Series[]): Tally {
  const byKey = new Map<string, { index: number; series: Series }[]>()
  series.forEach((item, index) => {
    const key = item.address + item.topic0
    const group = byKey.get(key)
    if (group === undefined) byKey.set(key, [{ index, series: item }])
    else group.push({ index, series: item })
  })
  return (facts) => {
    const sums = series.map(() => 0n)
    for (const tx of facts.txs) {
      for (const log of tx.logs) {
        const group = byKey.get(log.address + log.topics[0])
        if (group === undefined) continue
        for (const { index, series: item } of group) sums[index] = (sums[index] ?? 0n) + amountOf(item, log)
      }
    }
    return sums
  }
}

/** What one log adds to a series; 0 when it does not match. */
export function amountOf(series: Series, log: Log): bigint {
  if (log.address !== series.address || log.topics[0] !== series.topic0) return 0n
  for (const { word, equals } of series.where) {
    if (wordOf(log, word) !== equals) return 0n
  }
  if (series.add === null) return 1n
  const word = wordOf(log, series.add)
  if (word === null) return 0n
  const value = BigInt(word)
  return series.add.type === 'int' ? BigInt.asIntN(256, value) : value
}

/** `null` when the log is too short to have the word: another event under the same topic. */
function wordOf(log: Log, word: LogWord): Hex | null {
  if (word.in === 'topics') return log.topics[word.index] ?? null
  const from = 2 + 64 * word.index
  return log.data.length < from + 64 ? null : `0x${log.data.slice(from, from + 64)}`
}
