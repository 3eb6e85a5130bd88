import { access } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { type Address, bytesToHex, type Hex, isHex } from '@breakwater/kernel'
import { createLocalSigner, decryptKeystore, encryptKeystore } from '@breakwater/keys'
import { systemRng } from '@breakwater/node'
import { Command, Option } from 'commander'
import { type Terminal, usageError } from '../terminal.ts'
import { askHidden, type Input, PASSWORD_VARIABLE, readPassword } from './password.ts'
import { readText } from './readText.ts'
import { writeNew } from './writeNew.ts'

interface Flags {
  passwordFile?: string
  json?: boolean
}
interface OutFlags extends Flags {
  out: string
}

const SOURCES = `
The password comes from the variable ${PASSWORD_VARIABLE}, from --password-file, or is asked for at a terminal.`

/** `breakwater keys new | import | address`: secp256k1 keys in keystore files (Web3 Secret Storage, version 3). */
export function keysCommand(terminal: Terminal, input: Input = process.stdin): Command {
  const command = new Command('keys')
    .description('Make and look at keystore files')
    .exitOverride()
    .showHelpAfterError()
  const add = (name: string, description: string, example: string) =>
    command
      .command(name)
      .description(description)
      .addOption(new Option('--password-file <file>', "file with the keystore's password"))
      .option('--json', 'one JSON object a line')
      .addHelpText('after', `${SOURCES}\n\nExample: ${example}`)
  const out = () => new Option('--out <file>', 'keystore file to write').makeOptionMandatory()

  add('new', 'A new random key', 'breakwater keys new --out guardian.json')
    .addOption(out())
    .action(async (flags: OutFlags) => {
      await requireAbsent(flags.out)
      await store(terminal, input, flags, bytesToHex(systemRng.bytes(32)))
    })
  add(
    'import',
    'A key that stdin brings in hexadecimal',
    'breakwater keys import --out guardian.json < key.txt',
  )
    .addOption(out())
    .action(async (flags: OutFlags) => {
      await requireAbsent(flags.out)
      await store(terminal, input, flags, await readKey(terminal, input))
    })
  add('address <file>', "The key's address", 'breakwater keys address guardian.json').action(
    async (file: string, flags: Flags) => {
      const keystore = await readText(file, input)
      const address = statedAddress(keystore) ?? (await derivedAddress(terminal, input, keystore, flags))
      if (flags.json) terminal.json({ file, address })
      else terminal.print(address)
    },
  )
  return command
}

/** Before anybody types a password for nothing; `writeNew` makes sure of it again. */
async function requireAbsent(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  if (isThere) throw usageError(`${file} is there already`, 'nothing is overwritten: choose another --out')
}

async function store(terminal: Terminal, input: Input, flags: OutFlags, key: Hex): Promise<void> {
  const { address } = createLocalSigner(key)
  const password = await readPassword({ file: flags.passwordFile, isNew: true }, terminal, input)
  await writeNew(flags.out, encryptKeystore(key, password, systemRng), 0o600)
  if (flags.json) terminal.json({ file: flags.out, address })
  else terminal.print(address)
  terminal.note(`${flags.out} is written; without it and its password the key is lost`)
}

/** Never repeated in a message, whatever it is. */
async function readKey(terminal: Terminal, input: Input): Promise<Hex> {
  const typed = input.isTTY ? await askHidden('Private key: ', terminal, input) : await text(input)
  const digits = typed.trim().replace(/^0x/, '')
  const key: Hex = `0x${digits}`
  if (isHex(key, 32)) return key
  throw usageError(
    `stdin brings no private key: ${digits.length} characters where 64 hexadecimal digits belong`,
    'breakwater keys import --out guardian.json < key.txt',
  )
}

/** What the file itself says without its password; it proves nothing. `null` when it says nothing. */
function statedAddress(keystore: string): Address | null {
  let json: unknown
  try {
    json = JSON.parse(keystore)
  } catch {
    throw usageError('the file is no keystore: it is not JSON', 'make one with `breakwater keys new`')
  }
  const stated = (json as { address?: unknown } | null)?.address
  const address = typeof stated === 'string' ? `0x${stated.replace(/^0x/, '').toLowerCase()}` : ''
  return isHex(address, 20) ? address : null
}

async function derivedAddress(
  terminal: Terminal,
  input: Input,
  keystore: string,
  { passwordFile }: Flags,
): Promise<Address> {
  const password = await readPassword({ file: passwordFile, isNew: false }, terminal, input)
  return createLocalSigner(decryptKeystore(keystore, password)).address
}
