import { bytesToHex, type Hex, hexToBytes, keccak } from '@breakwater/kernel'
import type { Signer } from '@breakwater/keys'
import { serializeTransaction, type TransactionSerializableEIP1559 } from 'viem'

/** An EIP-1559 transaction, serialized, signed by an identity that only signs digests. */
export function signTransaction(transaction: TransactionSerializableEIP1559, signer: Signer): Hex {
  const compact = hexToBytes(signer.sign(keccak(serializeTransaction(transaction))))
  const yParity = (compact[32] ?? 0) >> 7
  compact[32] = (compact[32] ?? 0) & 0x7f
  const [r, s] = [bytesToHex(compact.subarray(0, 32)), bytesToHex(compact.subarray(32))]
  return serializeTransaction(transaction, { r, s, yParity })
}
