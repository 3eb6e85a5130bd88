import { type Address, type Hex, keccakText } from '@breakwater/kernel'
import { createLocalSigner } from '@breakwater/keys'

/** A key that everybody can compute: for development chains only. */
export function devKey(seed: number, role: string): Hex {
  return keccakText(`breakwater development key, not for real money: ${seed} ${role}`)
}

export function devAddress(seed: number, role: string): Address {
  return createLocalSigner(devKey(seed, role)).address
}
