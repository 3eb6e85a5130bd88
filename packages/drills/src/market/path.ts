/** What BTC and ETH did on 2025-10-10 (UTC), when 19 billion dollars of positions were liquidated. */
import { ASSETS, type Asset } from '@breakwater/deploy'
import { createSeededRng, gaussian } from '@breakwater/kernel'

/**
 * Minutes since midnight, BTC and ETH in USD: hourly closes, and the low of the hour from 21:00.
 * Binance BTC/USDT and ETH/USDT.
 */
const CRASH_DAY: readonly (readonly [minute: number, btc: number, eth: number])[] = [
  [0, 121662, 4368.1],
  [60, 121745, 4380.7],
  [120, 121624, 4373.4],
  [180, 121060, 4359.2],
  [240, 121026, 4347.1],
  [300, 121235, 4344.5],
  [360, 121584, 4368.3],
  [420, 121378, 4328],
  [480, 120932, 4323.4],
  [540, 121632, 4346.1],
  [600, 121315, 4322.1],
  [660, 121496, 4342.9],
  [720, 121555, 4343],
  [780, 121597, 4348.5],
  [840, 121684, 4356.1],
  [900, 120493, 4280.4],
  [960, 119019, 4103.1],
  [1020, 118206, 4109],
  [1080, 117624, 4094],
  [1140, 117238, 4053.8],
  [1200, 116662, 3997.6],
  [1260, 114267, 3871.3],
  [1285, 102000, 3435],
  [1320, 113452, 3950],
  [1380, 113700, 3855.1],
  [1440, 112775, 3829.7],
]

const MINUTES = 1440

/** A market price at a minute of the day: the recorded path with a little noise, the same for a seed. */
export interface PricePath {
  priceE8(asset: Asset, minute: number): bigint
}

/** Standard deviation of the noise around the recorded path. */
const NOISE = 0.0002

export function createPricePath(seed: number): PricePath {
  return {
    priceE8(asset, minute) {
      const rng = createSeededRng(seed * 1_000_003 + Math.floor(minute) * 7 + ASSETS.indexOf(asset))
      const noise = 1 + NOISE * Math.max(-2, Math.min(2, gaussian(rng)))
      return BigInt(Math.round(interpolate(asset, minuteOfDay(minute)) * noise * 1e8))
    },
  }
}

/** After the day's end it runs back to its beginning, so that a market that goes on never jumps. */
function minuteOfDay(minute: number): number {
  const phase = minute % (2 * MINUTES)
  return phase <= MINUTES ? phase : 2 * MINUTES - phase
}

function interpolate(asset: Asset, minute: number): number {
  const price = ([, btc, eth]: readonly [number, number, number]) => (asset === 'BTC' ? btc : eth)
  const after = CRASH_DAY.findIndex(([at]) => at > minute)
  const [low, high] = [CRASH_DAY[after - 1], CRASH_DAY[after]]
  if (low === undefined || high === undefined) return price(CRASH_DAY.at(-1) ?? [0, 0, 0])
  const share = (minute - low[0]) / (high[0] - low[0])
  return price(low) + share * (price(high) - price(low))
}
