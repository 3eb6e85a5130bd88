/** How a guardian ends: in the opposite order of how it began, all of it, once. */
export interface Ending {
  /** Settles when everything has ended; rejects with the reason why it could not go on. */
  done: Promise<void>
  /** Steps of the ending; the one added last is taken first. */
  add(...steps: (() => unknown)[]): void
  /** Resolves, or rejects with a step's error, when all steps were taken. */
  end(): Promise<void>
  fail(error: unknown): void
}

export function createEnding(): Ending {
  const steps: (() => unknown)[] = []
  let settle = { resolve: () => {}, reject: (_error: unknown) => {} }
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  // Whoever waits for it is told; nobody has to.
  done.catch(() => {})
  let ended: Promise<void> | null = null

  /** A step that fails must not keep the others from being taken: the first error is told when all were. */
  const run = async () => {
    const errors: unknown[] = []
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await step()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }
  return {
    done,
    add: (...more) => steps.push(...more),
    end() {
      ended ??= run()
      ended.then(settle.resolve, settle.reject)
      return ended
    },
    fail(error) {
      // What failed is the reason, whatever fails after it.
      ended ??= run().catch(() => {})
      ended.then(() => settle.reject(error))
    },
  }
}
