import { createSeededRng, defined, type Rng } from '@breakwater/kernel'

/** Virtual time: what happens next is decided by the seed alone. */
export interface World {
  readonly rng: Rng
  nowMs(): number
  after(delayMs: number, task: () => void): void
  /** Runs until `isDone`, or until `endMs`. Tells how many tasks ran. */
  run(endMs: number, isDone: () => boolean): Promise<number>
}

interface Task {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** After a task, promises that wait for nothing else may go on, one after the other this often. */
const TURNS = 16

const isBefore = (a: Task, b: Task): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

export function createWorld(seed: number): World {
  const heap: Task[] = []
  let nowMs = 0
  let order = 0
  return {
    rng: createSeededRng(seed),
    nowMs: () => nowMs,
    after: (delayMs, run) => push(heap, { atMs: nowMs + delayMs, order: order++, run }),
    async run(endMs, isDone) {
      let count = 0
      while (heap[0] !== undefined && heap[0].atMs <= endMs && !isDone()) {
        const task = pop(heap)
        nowMs = task.atMs
        task.run()
        for (let turn = 0; turn < TURNS; turn++) await null
        count++
      }
      return count
    },
  }
}

/** A binary heap, the earliest task first. */
function push(heap: Task[], task: Task): void {
  let at = heap.length
  heap.push(task)
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || !isBefore(task, parent)) break
    heap[at] = parent
    at = above
  }
  heap[at] = task
}

function pop(heap: Task[]): Task {
  const first = defined(heap[0], 'the next task')
  const last = defined(heap.pop(), 'the last task')
  if (heap.length === 0) return first
  let at = 0
  for (;;) {
    let below = 2 * at + 1
    let child = heap[below]
    const right = heap[below + 1]
    if (child === undefined) break
    if (right !== undefined && isBefore(right, child)) {
      child = right
      below++
    }
    if (!isBefore(child, last)) break
    heap[at] = child
    at = below
  }
  heap[at] = last
  return first
}
