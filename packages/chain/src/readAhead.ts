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
  const ending = new AbortController()
  const stop = () => ending.abort(signal.reason)
  signal.addEventListener('abort', stop)
  try {
    signal.throwIfAborted()
    const queue: Promise<T>[] = []
    for (let next = from; next <= to || queue.length > 0; ) {
      while (next <= to && queue.length < width) {
        const item = read(next, ending.signal)
        item.catch(() => {}) // its error is met when its turn comes
        queue.push(item)
        next += 1n
      }
      yield (await queue.shift()) as T
    }
  } finally {
    signal.removeEventListener('abort', stop)
    ending.abort()
  }
}
