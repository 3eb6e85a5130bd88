/** Has a server of its own until it is killed. */
import { startPostgres } from './postgres.ts'

const { url } = await startPostgres()
process.send?.(url)
