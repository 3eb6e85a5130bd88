/**
 * Reads the items `from`…`to` in order, several at a time: never more than `width` are under way or waiting to be
 * taken, however long the range is. The first error ends it, after all items before it.
 */
export async function* readAhead<T>(
  from: bigint,
  to: bigint,
  width: number,
  read: (number: bigint, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  const underWay = new Set<AbortController>()
  const start = (number: bigint): Promise<T> => {
    const ending = new AbortController()
    underWay.add(ending)
    const item = read(number, ending.signal).finally(() => underWay.delete(ending))
    item.catch(() => {}) // its error is met when its turn comes
    return item
  }
  const stop = () => {
    for (const ending of underWay) ending.abort(signal.reason)
  }
  signal.addEventListener('abort', stop)
  try {
    signal.throwIfAborted()
    const queue: Promise<T>[] = []
    for (let next = from; next <= to || queue.length > 0; ) {
      for (; next <= to && queue.length < width; next += 1n) queue.push(start(next))
      const item = (await queue.shift()) as T
      signal.throwIfAborted()
      yield item
    }
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}
