/**
 * How messages are told apart in a stream: length (32 bits, big-endian) ‖ kind (8 bits) ‖ body. The length counts kind
 * and body.
 * @module
 */
import { assert, BaseError } from '@breakwater/kernel'

const HEADER_BYTES = 4
/** What a frame adds to its body. */
export const FRAME_BYTES = HEADER_BYTES + 1

/** The first frame in both directions: who the sender is. Nothing else is read before it is verified. */
export const HELLO = 0
/** A message for the subscribers. */
export const MESSAGE = 1
/** Asks for its body back, at once. */
export const PING = 2
export const PONG = 3
export type FrameKind = typeof HELLO | typeof MESSAGE | typeof PING | typeof PONG
const KINDS: readonly FrameKind[] = [HELLO, MESSAGE, PING, PONG]

export interface Frame {
  readonly kind: FrameKind
  /** Part of the chunk that it came in, where it came in one. */
  readonly body: Uint8Array
}

export function encodeFrame(kind: FrameKind, body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_BYTES + body.length)
  frame.writeUInt32BE(1 + body.length, 0)
  frame[HEADER_BYTES] = kind
  frame.set(body, FRAME_BYTES)
  return frame
}

export interface FrameDecoder {
  /** More of the stream; only once `next` has nothing more to give. */
  push(chunk: Uint8Array): void
  /**
   * The next frame; `null` when it has not come in whole yet.
   * @param maxBodyBytes of a longer one nothing is kept
   * @throws NODE_PEER_FRAME; the stream cannot be read on after it
   */
  next(maxBodyBytes: number): Frame | null
}

/** Holds one chunk, and what has come of one frame: its reader decides how much more is let in. */
export function createFrameDecoder(): FrameDecoder {
  let chunk: Uint8Array = new Uint8Array(0)
  let at = 0
  const header = new Uint8Array(HEADER_BYTES)
  let headerBytes = 0
  /** A frame that began in an earlier chunk. */
  let partial: { bytes: Uint8Array; filled: number } | null = null

  const take = (count: number): Uint8Array => {
    const taken = chunk.subarray(at, at + count)
    at += taken.length
    return taken
  }
  /** The length of the frame that begins here; `null` while its header has not come in whole. */
  const takeLength = (maxBodyBytes: number): number | null => {
    const part = take(HEADER_BYTES - headerBytes)
    header.set(part, headerBytes)
    headerBytes += part.length
    if (headerBytes < HEADER_BYTES) return null
    headerBytes = 0
    const length = new DataView(header.buffer).getUint32(0)
    if (length === 0 || length > 1 + maxBodyBytes) throw lengthError(length, maxBodyBytes)
    return length
  }

  return {
    push(bytes) {
      assert(at === chunk.length, 'a chunk came before the last one was read')
      chunk = bytes
      at = 0
    },
    next(maxBodyBytes) {
      if (partial === null) {
        const length = takeLength(maxBodyBytes)
        if (length === null) return null
        if (length <= chunk.length - at) return open(take(length))
        partial = { bytes: new Uint8Array(length), filled: 0 }
      }
      const part = take(partial.bytes.length - partial.filled)
      partial.bytes.set(part, partial.filled)
      partial.filled += part.length
      if (partial.filled < partial.bytes.length) return null
      const { bytes } = partial
      partial = null
      return open(bytes)
    },
  }
}

function open(bytes: Uint8Array): Frame {
  const kind = KINDS.find((known) => known === bytes[0])
  if (kind !== undefined) return { kind, body: bytes.subarray(1) }
  throw new BaseError('NODE_PEER_FRAME', `a frame is of the unknown kind ${bytes[0]}`, {
    hint: 'the peer runs another version, or is no guardian at all',
  })
}

function lengthError(length: number, maxBodyBytes: number): BaseError {
  const reason = length === 0 ? 'is empty' : `has ${length - 1} bytes, at most ${maxBodyBytes} are allowed`
  return new BaseError('NODE_PEER_FRAME', `a frame ${reason}`, {
    meta: { length },
    hint: 'the peer runs another version, or is no guardian at all',
  })
}
