import { connectRpc } from '@breakwater/chain'
import { type AddressBook, parseBook } from '@breakwater/deploy'
import type { Address } from '@breakwater/kernel'
import { Command, Option } from 'commander'
import { isAddress } from 'viem'
import { type Draft, draftSpec, type Given } from '../init/draft.ts'
import { judgeDraft, type Verdict } from '../init/judge.ts'
import { openReader } from '../init/reader.ts'
import { type Survey, survey } from '../init/survey.ts'
import { type Terminal, usageError } from '../terminal.ts'
import { counted } from './counted.ts'
import { readText } from './readText.ts'
import { writeNew } from './writeNew.ts'

interface Flags {
  rpc: string
  book?: string
  out?: string
  json?: boolean
}

/** `breakwater init ADDRESS…`: drafts a specification from what is found on a live chain. */
export function initCommand(terminal: Terminal): Command {
  return new Command('init')
    .description('Draft a specification from contracts on a live chain')
    .exitOverride()
    .showHelpAfterError()
    .argument('[address...]', "the protocol's vaults, tokens and price feeds: 0x… or eip155:1:0x…")
    .addOption(
      new Option('--rpc <url>', 'JSON-RPC of its chain (http, https, ws, wss)')
        .env('ETH_RPC_URL')
        .makeOptionMandatory(),
    )
    .option('--book <file>', 'address book of `breakwater deploy`: its contracts, under their names')
    .option('--out <file>', 'file to write; stdout without it')
    .option('--json', 'one JSON object')
    .addHelpText('after', EXAMPLE)
    .action((addresses: readonly string[], flags: Flags) => run(terminal, addresses, flags))
}

const EXAMPLE = `
Finds ERC-20, ERC-4626, Ownable, Pausable, Chainlink-style feeds and EIP-1967 proxies.

Example: breakwater init 0x83f20f44975d03b1b09e64809b757c47f942beea --rpc https://… --out sdai.breakwater.yaml`

/** A specification has at most 256 entries a section. */
const MOST_ADDRESSES = 50

async function run(terminal: Terminal, texts: readonly string[], flags: Flags): Promise<void> {
  const book = flags.book === undefined ? null : parseBook(await readText(flags.book, process.stdin))
  const accounts = [...accountsOf(book), ...texts.map(readAccount)]
  if (accounts.length === 0)
    throw usageError('nothing is named', 'give addresses, or --book with an address book')
  const addresses = [...new Set(accounts.map(({ address }) => address))]
  if (addresses.length > MOST_ADDRESSES) {
    throw usageError(`${addresses.length} addresses are too many`, `draft at most ${MOST_ADDRESSES} at once`)
  }
  const rpc = connectRpc(flags.rpc)
  try {
    terminal.progress('reading the chain …')
    const reader = await openReader(rpc)
    const elsewhere = accounts.find(({ chainId }) => chainId !== null && chainId !== reader.chainId)
    if (elsewhere !== undefined) {
      throw usageError(
        `${elsewhere.address} is said to be on chain ${elsewhere.chainId}, ${rpc.label} is on chain ${reader.chainId}`,
        'give the RPC URL of the chain that the addresses are on',
      )
    }
    const found = await survey(reader, addresses)
    if (found.contracts.length === 0) throw nothingFound(found)
    const draft = draftSpec(found, givenBy(book))
    const verdicts = await judgeDraft(draft.spec, rpc, found.block.number)
    if (flags.out !== undefined) await writeNew(flags.out, draft.text)
    if (flags.json) terminal.json(summarize(draft, found, verdicts, flags.out))
    else if (flags.out === undefined) terminal.print(draft.text.trimEnd())
    report(terminal, draft, found, verdicts, flags.out)
  } finally {
    rpc.close()
  }
}

/** The guards themselves are not what is to be guarded. */
const GUARDS = ['registry', 'breaker']

function accountsOf(book: AddressBook | null): { address: Address; chainId: bigint | null }[] {
  const contracts = Object.entries(book?.contracts ?? {}).filter(([name]) => !GUARDS.includes(name))
  return contracts.map(([, address]) => ({ address, chainId: BigInt(book?.chainId ?? 0) }))
}

function givenBy(book: AddressBook | null): Given {
  if (book === null) return {}
  const names = new Map(Object.entries(book.contracts).map(([name, address]) => [address, name]))
  const { registry, breaker } = book.contracts
  return registry === undefined || breaker === undefined
    ? { names }
    : { names, guardians: { registry, breaker } }
}

/** An address, or a CAIP-10 account with the chain that it is on. */
function readAccount(text: string): { address: Address; chainId: bigint | null } {
  const match = /^(?:eip155:([1-9]\d{0,15}):)?(0x[0-9a-fA-F]{40})$/.exec(text)
  const [, chainId, digits] = match ?? []
  if (digits === undefined) throw usageError(`"${text}" is no address`, 'write 0x and 40 hexadecimal digits')
  if (/[a-f]/.test(digits) && /[A-F]/.test(digits.slice(2)) && !isAddress(digits)) {
    throw usageError(
      `"${text}" has a typing error: its capital letters do not agree with its checksum (EIP-55)`,
      'copy the address again',
    )
  }
  return {
    address: digits.toLowerCase() as Address,
    chainId: chainId === undefined ? null : BigInt(chainId),
  }
}

function nothingFound({ strangers }: Survey) {
  return usageError(
    `nothing is recognised at ${strangers.join(', ')}: a contract, but no ERC-20, ERC-4626, Ownable, Pausable or price feed`,
    'name the vault, token or feed itself; or write the file by hand: docs/specification.md',
  )
}

function summarize(
  { text, spec, contracts }: Draft,
  { block, strangers }: Survey,
  verdicts: readonly Verdict[],
  file: string | undefined,
) {
  return {
    chainId: spec.chainId,
    block: block.number,
    blockHash: block.hash,
    hash: spec.hash,
    file: file ?? null,
    contracts: contracts.map(({ alias, address }) => ({ alias, address })),
    unrecognised: strangers,
    rules: verdicts,
    specification: text,
  }
}

const LABEL_WIDTH = 'not recognised'.length

function report(
  { note, color }: Terminal,
  { spec, contracts }: Draft,
  { strangers, block }: Survey,
  verdicts: readonly Verdict[],
  file: string | undefined,
): void {
  note(
    `${color.green('✓')} ${file ?? 'draft'}: ${counted(contracts.length, 'contract')}, ${counted(spec.values.length, 'value')} and ` +
      `${counted(verdicts.length, 'rule')} from block ${block.number} of chain ${spec.chainId}`,
  )
  const line = (label: string, paint: (text: string) => string, text: string) =>
    note(`  ${paint(label.padEnd(LABEL_WIDTH))}  ${text}`)
  for (const address of strangers) line('not recognised', color.yellow, address)
  const quiet = verdicts.filter(({ state }) => state === 'quiet').map(({ rule }) => rule)
  if (quiet.length > 0) line('quiet now', color.green, quiet.join(', '))
  for (const verdict of verdicts) {
    if (verdict.state === 'fires') line('fires now', color.red, `${verdict.rule}: ${verdict.summary}`)
    if (verdict.state === 'unknown') line(verdict.reason, color.dim, `${verdict.rule}: ${verdict.missing}`)
  }
  note(color.dim('  next: decide what the file asks, then breakwater spec check and breakwater backtest'))
}
