import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFrameDecoder, encodeFrame, type FrameKind, HELLO, MESSAGE, PING, PONG } from './frame.ts'

const MOST = 300
const frames = fc.array(
  fc.record({
    kind: fc.constantFrom<FrameKind>(HELLO, MESSAGE, PING, PONG),
    body: fc.uint8Array({ maxLength: MOST }),
  }),
  { maxLength: 12 },
)

/** Cuts a stream into chunks of these lengths, over and over. */
function* chunksOf(stream: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1
    yield stream.subarray(at, at + length)
    at += length
  }
}

function readAll(chunks: Iterable<Uint8Array>, most = MOST) {
  const decoder = createFrameDecoder()
  const read: { kind: number; body: number[] }[] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    for (let frame = decoder.next(most); frame !== null; frame = decoder.next(most)) {
      read.push({ kind: frame.kind, body: [...frame.body] })
    }
  }
  return read
}

describe('frames', () => {
  it('are a length, a kind and a body', () => {
    expect([...encodeFrame(MESSAGE, Uint8Array.of(7, 8))]).toEqual([0, 0, 0, 3, 1, 7, 8])
  })

  it('come out as they went in, however the stream is cut', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(frames, lengths, (sent, cuts) => {
        const stream = Buffer.concat(sent.map(({ kind, body }) => encodeFrame(kind, body)))
        expect(readAll(chunksOf(stream, cuts))).toEqual(
          sent.map(({ kind, body }) => ({ kind, body: [...body] })),
        )
      }),
    )
  })

  it('survive anything: garbage is frames or refused, with the same result however it is cut', () => {
    const outcome = (chunks: Iterable<Uint8Array>) => {
      try {
        return readAll(chunks)
      } catch (error) {
        return (error as { code?: string }).code
      }
    }
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      // Lengths that are small enough to be believed.
      fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3), { maxLength: 60 }).map((bytes) => Uint8Array.from(bytes)),
    )
    fc.assert(
      fc.property(garbage, (stream) => {
        const whole = outcome([stream])
        expect(whole === 'NODE_PEER_FRAME' || Array.isArray(whole)).toBe(true)
        expect(outcome(chunksOf(stream, [1]))).toEqual(whole)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['longer than allowed', [0, 0, 1, 46]],
    ['of four gigabytes', [255, 255, 255, 255]],
    ['of nothing', [0, 0, 0, 0]],
    ['of an unknown kind', [0, 0, 0, 1, 4]],
  ])('%s are refused', (_what, bytes) => {
    expect(() => readAll([Uint8Array.from(bytes)])).toThrow(
      expect.objectContaining({ code: 'NODE_PEER_FRAME' }),
    )
  })

  it('of the largest size pass', () => {
    expect(readAll([encodeFrame(MESSAGE, new Uint8Array(MOST))])).toHaveLength(1)
  })

  it('are not pushed in faster than they are taken out', () => {
    const decoder = createFrameDecoder()
    decoder.push(encodeFrame(PING, Uint8Array.of(1)))
    expect(() => decoder.push(Uint8Array.of(1))).toThrow('assertion')
  })
})
