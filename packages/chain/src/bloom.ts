import { type Address, type Hex, hexToBytes, keccak } from '@breakwater/kernel'

/**
 * Whether a block of the given header bloom can hold a log of one of the addresses. "No" is certain, "yes" is not:
 * 2048 bits, three set for each address and topic (Ethereum Yellow Paper, section 4.3.1).
 */
export function createBloomTest(addresses: Iterable<Address>): (bloom: Hex) => boolean {
  const watched = [...addresses].map(bloomBits)
  return (bloom) => watched.some((bits) => bits.every((bit) => hasBit(bloom, bit)))
}

function bloomBits(address: Address): readonly number[] {
  const hash = hexToBytes(keccak(address))
  return [0, 2, 4].map((at) => (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) % 2048)
}

/** Bit 0 is the lowest of the last byte. */
function hasBit(bloom: Hex, bit: number): boolean {
  const digit = bloom.length - 1 - Math.floor(bit / 4)
  return ((Number.parseInt(bloom[digit] ?? '0', 16) >> (bit % 4)) & 1) === 1
}
