/** Claims names until it is killed. */
import { openStore, systemClock } from '../src/index.ts'

const [location = '', ...names] = process.argv.slice(2)
const store = await openStore(location)
await store.claim(names, systemClock, () => process.exit(1))
process.send?.('claimed')
