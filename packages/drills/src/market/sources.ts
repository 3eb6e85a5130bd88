import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ASSETS, type Asset } from '@breakwater/deploy'

/** Three independent venues that quote prices over HTTP, on loopback. Simulated: each is near the market's price. */
export interface PriceVenues {
  /** `GET {url}/{asset}` answers `{"asset":"BTC","price":"121662.00"}`. */
  urls: readonly string[]
  /** The market's price, from which the venues quote. */
  set(prices: ReadonlyMap<Asset, bigint>): void
  stop(): Promise<void>
}

/** How far each venue is from the market, in hundredths of a percent. */
const VENUE_BPS = [-2n, 0n, 3n] as const

export async function startPriceVenues(): Promise<PriceVenues> {
  let market: ReadonlyMap<Asset, bigint> = new Map()
  const venues = await Promise.all(
    VENUE_BPS.map(async (bps) => {
      const server = createServer((request, response) => {
        const asset = ASSETS.find((name) => request.url === `/${name}`)
        const priceE8 = asset && market.get(asset)
        if (priceE8 === undefined) {
          response.writeHead(404).end()
          return
        }
        const quoted = (priceE8 * (10_000n + bps)) / 10_000n
        const price = `${quoted / 100_000_000n}.${(quoted % 100_000_000n).toString().padStart(8, '0')}`
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ asset, price }))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
    }),
  )
  return {
    urls: venues.map(({ url }) => url),
    set(prices) {
      market = prices
    },
    async stop() {
      await Promise.all(
        venues.map(
          ({ server }) =>
            new Promise<void>((resolve) => {
              server.close(() => resolve())
              server.closeAllConnections()
            }),
        ),
      )
    },
  }
}
