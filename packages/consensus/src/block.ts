import { blob, type Codec, encode, fixed, type Hex, keccak, struct, u64, ZERO_HASH } from '@breakwater/kernel'

/** The largest payload that guardians order at once. */
export const MAX_PAYLOAD_BYTES = 65_536

/** What the first block of an epoch stands on, as if finalized in view 0. */
export const GENESIS: Hex = ZERO_HASH

export interface Block {
  readonly epoch: bigint
  readonly view: bigint
  /** The view in which the parent was notarized; the views in between were nullified. */
  readonly parentView: bigint
  readonly parent: Hex
  /** Empty in a heartbeat block, which orders nothing and is valid by itself. */
  readonly payload: Uint8Array
}

export const blockCodec: Codec<Block> = struct<Block>({
  epoch: u64,
  view: u64,
  parentView: u64,
  parent: fixed(32),
  payload: blob(MAX_PAYLOAD_BYTES),
})

/** keccak256 of the canonical encoding: binds epoch, view, parent and payload. */
export function blockDigest(block: Block): Hex {
  return keccak(encode(blockCodec, block))
}
