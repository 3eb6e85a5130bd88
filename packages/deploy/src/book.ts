import { type Address, BaseError, isHex, messageOf } from '@breakwater/kernel'
import { z } from 'zod'

/** Where everything of one deployment is. */
export interface AddressBook {
  chainId: number
  /** By name, in the order of creation. */
  contracts: Readonly<Record<string, Address>>
}

const address = z.custom<Address>((value) => isHex(value, 20) && value === value.toLowerCase(), {
  error: 'must be an address: 0x and 40 lower-case hexadecimal digits',
})
const schema = z.strictObject({
  version: z.literal(1),
  chainId: z.int().min(1),
  contracts: z.record(z.string().regex(/^[a-z][A-Za-z0-9]*$/), address),
})

export function formatBook({ chainId, contracts }: AddressBook): string {
  return `${JSON.stringify({ version: 1, chainId, contracts }, null, 2)}\n`
}

/** @throws DEPLOY_BOOK for what `formatBook` did not write */
export function parseBook(text: string): AddressBook {
  try {
    const { chainId, contracts } = schema.parse(JSON.parse(text))
    return { chainId, contracts }
  } catch (cause) {
    const [issue] = cause instanceof z.ZodError ? cause.issues : []
    const reason = issue === undefined ? messageOf(cause) : `${issue.path.join('.')} ${issue.message}`
    throw new BaseError('DEPLOY_BOOK', `this is no address book: ${reason}`, {
      hint: 'give the file that breakwater deploy wrote',
      cause,
    })
  }
}
