import { assert, type Net } from '@breakwater/kernel'

/** Guardians of one process: messages are delivered in a later turn of the event loop, as from a network. */
export interface Hub {
  net(index: number): Net
  /** A guardian that is cut off neither sends nor receives. */
  cut(index: number, isCut: boolean): void
}

export function createHub(size: number): Hub {
  const handlers = Array.from({ length: size }, () => new Set<(from: number, message: Uint8Array) => void>())
  const isCut = new Set<number>()
  const deliver = (from: number, to: number, message: Uint8Array) => {
    const copy = message.slice()
    setImmediate(() => {
      if (isCut.has(from) || isCut.has(to)) return
      for (const handle of handlers[to] ?? []) handle(from, copy)
    })
  }
  return {
    net(index) {
      assert(index >= 0 && index < size, `guardian ${index} of ${size}`)
      return {
        send: (to, message) => deliver(index, to, message),
        broadcast(message) {
          for (let to = 0; to < size; to++) if (to !== index) deliver(index, to, message)
        },
        subscribe(handler) {
          handlers[index]?.add(handler)
          return () => handlers[index]?.delete(handler)
        },
      }
    },
    cut(index, cut) {
      if (cut) isCut.add(index)
      else isCut.delete(index)
    },
  }
}
