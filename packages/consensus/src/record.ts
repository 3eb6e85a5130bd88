/**
 * What a guardian writes into its log so that it goes on after a crash as if nothing had happened, and never votes
 * against a vote it gave.
 *
 * Own votes are synced before they are sent, finalizations before their blocks are handed out. Other certificates and
 * blocks ride along with the next vote: any prefix of the log is a consistent state, and what is lost behind it the
 * other guardians know.
 * @module
 */
import {
  BaseError,
  type Codec,
  decode,
  encode,
  fixed,
  messageOf,
  type Of,
  struct,
  type Tagged,
  u64,
  union,
} from '@breakwater/kernel'
import { blockCodec } from './block.ts'
import { certificateCodec } from './certificate.ts'

const codecs = {
  /** Own NOTARIZE, with the block, which others may have to fetch from here. */
  notarize: struct({ block: blockCodec }),
  /** Own NULLIFY. */
  nullify: struct({ view: u64 }),
  /** Own FINALIZE. */
  finalize: struct({ view: u64, digest: fixed(32) }),
  certificate: struct({ certificate: certificateCodec }),
  /** A block that was finalized without this guardian's vote. */
  block: struct({ block: blockCodec }),
  /** In a compacted log: this block is final; heartbeat blocks before it were left out. */
  finalized: struct({ block: blockCodec }),
  /** The log before this record was lost: no vote below this view. Below 0: it begins here. */
  silent: struct({ below: u64 }),
}

type Shapes = { [K in keyof typeof codecs]: Of<(typeof codecs)[K]> }
export type LogRecord = Tagged<Shapes>

const codec: Codec<LogRecord> = union<Shapes>(codecs)

export function encodeRecord(record: LogRecord): Uint8Array {
  return encode(codec, record)
}

/** @throws CONSENSUS_RECORD */
export function decodeRecord(bytes: Uint8Array): LogRecord {
  try {
    return decode(codec, bytes)
  } catch (cause) {
    throw new BaseError(
      'CONSENSUS_RECORD',
      `a record of the guardian's log is unreadable: ${messageOf(cause)}`,
      {
        hint: 'it was written by another version; keep the file, and run the version that wrote it',
        cause,
      },
    )
  }
}
