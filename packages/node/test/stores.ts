import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { postgresBin, startPostgres } from './postgres.ts'

/** Where a suite's store is. */
export interface StorePlace {
  readonly name: string
  /** As `openStore` takes it; known once the suite begins. */
  location: string
}

const KINDS: readonly { name: string; missing: string | null; prepare(): Promise<Prepared> }[] = [
  {
    name: 'PGlite',
    missing: null,
    async prepare() {
      const folder = await mkdtemp(join(tmpdir(), 'breakwater-store-'))
      return { location: join(folder, 'store'), remove: () => rm(folder, { recursive: true, force: true }) }
    },
  },
  {
    name: 'PostgreSQL',
    missing: postgresBin === null ? 'PostgreSQL 15 or later is not installed' : null,
    async prepare() {
      const { url, stop } = await startPostgres()
      return { location: url, remove: stop }
    },
  },
]

interface Prepared {
  location: string
  remove(): Promise<void>
}

/** The same suite on every kind of store; what this machine does not have is skipped by name. */
export function describeOnStores(title: string, suite: (place: StorePlace) => void): void {
  for (const { name, missing, prepare } of KINDS) {
    const why = missing === null ? '' : ` (skipped: ${missing})`
    describe.skipIf(missing !== null)(`${title} on ${name}${why}`, () => {
      const place: StorePlace = { name, location: '' }
      let prepared: Prepared | undefined
      beforeAll(async () => {
        prepared = await prepare()
        place.location = prepared.location
      })
      // Suites' own endings run before this one.
      afterAll(() => prepared?.remove())
      suite(place)
    })
  }
}
