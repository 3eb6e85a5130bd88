import { describe, expect, it } from 'vitest'
import { createHub } from './hub.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

function stage(size: number) {
  const hub = createHub(size)
  const heard: string[] = []
  const unsubscribe = Array.from({ length: size }, (_, index) =>
    hub.net(index).subscribe((from, message) => heard.push(`${index} from ${from}: ${message.join()}`)),
  )
  return { hub, heard, unsubscribe }
}

describe('hub', () => {
  it('delivers to one, or to all but the sender, in a later turn', async () => {
    const { hub, heard } = stage(3)
    hub.net(0).send(2, Uint8Array.of(1))
    hub.net(1).broadcast(Uint8Array.of(2))
    expect(heard).toEqual([])
    await turn()
    expect(heard).toEqual(['2 from 0: 1', '0 from 1: 2', '2 from 1: 2'])
  })

  it('delivers what was sent, whatever the sender does to its buffer', async () => {
    const { hub, heard } = stage(2)
    const message = Uint8Array.of(7)
    hub.net(0).send(1, message)
    message[0] = 9
    await turn()
    expect(heard).toEqual(['1 from 0: 7'])
  })

  it('loses what is on its way to or from a guardian that is cut off, until it is back', async () => {
    const { hub, heard } = stage(3)
    hub.net(0).broadcast(Uint8Array.of(1))
    hub.net(1).send(0, Uint8Array.of(2))
    hub.cut(1, true)
    await turn()
    expect(heard).toEqual(['2 from 0: 1'])
    hub.cut(1, false)
    hub.net(1).send(0, Uint8Array.of(3))
    await turn()
    expect(heard.at(-1)).toBe('0 from 1: 3')
  })

  it('tells nobody who has left, and has no place for a guardian beyond its size', async () => {
    const { hub, heard, unsubscribe } = stage(2)
    unsubscribe[1]?.()
    hub.net(0).send(1, Uint8Array.of(1))
    hub.net(0).send(5, Uint8Array.of(1))
    await turn()
    expect(heard).toEqual([])
    expect(() => hub.net(2)).toThrow('guardian 2 of 2')
  })
})
