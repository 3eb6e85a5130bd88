import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { BaseError, messageOf } from '@breakwater/kernel'
import { isMap, LineCounter, type Node, parseDocument } from 'yaml'
import { type GuardianFile, guardianSchema } from './schema.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads `guardian.yaml`: `${NAME}` is replaced from the environment, paths count from the file's folder.
 * @throws NODE_CONFIG naming file, line, field, reason
 */
export async function loadGuardianFile(path: string, environment: Environment): Promise<GuardianFile> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw configError(
      path,
      messageOf(cause),
      'write one as docs/operating shows, or call guard with --spec and --rpc',
    )
  })
  return parseGuardianFile(text, path, environment)
}

export function parseGuardianFile(text: string, path: string, environment: Environment): GuardianFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [broken] = document.errors
  if (broken !== undefined) {
    throw configError(
      `${path}:${broken.linePos?.[0].line ?? 1}`,
      broken.message.split('\n')[0] ?? '',
      'mend the YAML',
    )
  }
  const missing: string[] = []
  const value = substitute(plainValue(document, path), environment, missing)
  if (missing[0] !== undefined) {
    throw configError(
      path,
      `the variable ${missing[0]} is not set`,
      `export ${missing[0]}, or write it into .env.local`,
    )
  }
  const parsed = guardianSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const field = issue?.path ?? []
    const at = lines.linePos(positionOf(document.contents, field))
    throw configError(
      `${path}:${at.line}:${at.col}`,
      `${field.join('.') || 'the file'}: ${issue?.message}`,
      'docs/operating lists all fields',
    )
  }
  return withPaths(parsed.data, dirname(path))
}

function configError(where: string, reason: string, hint: string): BaseError {
  return new BaseError('NODE_CONFIG', `${where}: ${reason}`, { hint, docsPath: 'operating' })
}

/** References within the file could make it arbitrarily large, and nobody needs them here. */
function plainValue(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch (cause) {
    throw configError(path, messageOf(cause), 'write out what the alias stands for')
  }
}

/** In texts only, everywhere. A value never shows up in an error. */
function substitute(value: unknown, environment: Environment, missing: string[]): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_all, name: string) => {
      const found = environment[name]
      if (found === undefined || found === '') missing.push(name)
      return found ?? ''
    })
  }
  if (Array.isArray(value)) return value.map((item) => substitute(item, environment, missing))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, substitute(item, environment, missing)]),
  )
}

/** Where a field stands, or the nearest thing above it that is there. */
function positionOf(contents: Node | null, path: readonly PropertyKey[]): number {
  let node: unknown = contents
  let offset = 0
  for (const key of path) {
    const next = (node as { get?(key: unknown, keepNode: true): unknown } | null)?.get?.(key, true)
    const pair = isMap(node) ? node.items.find((item) => String(item.key) === String(key)) : undefined
    offset = (pair?.key as Node | undefined)?.range?.[0] ?? (next as Node | undefined)?.range?.[0] ?? offset
    if (next === undefined || next === null) break
    node = next
  }
  return offset
}

function withPaths(file: GuardianFile, folder: string): GuardianFile {
  const at = (path: string) => resolve(folder, path)
  const store = file.store ?? `${file.data}/store`
  const identity = (who: GuardianFile['identity']) =>
    who && {
      keystore: at(who.keystore),
      password: typeof who.password === 'string' ? who.password : { file: at(who.password.file) },
    }
  return {
    ...file,
    specification: at(file.specification),
    data: at(file.data),
    store: /^postgres(ql)?:/.test(store) ? store : at(store),
    ...(file.identity && { identity: identity(file.identity) }),
    ...(file.carrier && { carrier: identity(file.carrier) }),
    channels: file.channels.map((channel) =>
      typeof channel.secret === 'string'
        ? channel
        : { ...channel, secret: { file: at(channel.secret.file) } },
    ),
  }
}

/** The secret itself; a trailing line break of a file is not part of it. @throws NODE_CONFIG */
export async function readSecret(secret: string | { file: string }): Promise<string> {
  if (typeof secret === 'string') return secret
  const text = await readFile(secret.file, 'utf8').catch((cause) => {
    throw configError(secret.file, messageOf(cause), 'the file must exist and be readable by this user')
  })
  return text.replace(/\r?\n$/, '')
}
