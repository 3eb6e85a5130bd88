import { Command, Option } from 'commander'
import { benchGas } from '../bench/gas.ts'
import { benchLoop } from '../bench/loop.ts'
import type { Measure } from '../bench/measure.ts'
import { benchNetwork } from '../bench/network.ts'
import { type Terminal, usageError } from '../terminal.ts'
import { wholeNumber } from './wholeNumber.ts'

interface Flags {
  json?: boolean
  incidents: string
}

const BENCHES: Readonly<
  Record<string, (flags: Flags, onProgress: (text: string) => void) => Promise<readonly Measure[]>>
> = {
  loop: (flags, onProgress) =>
    benchLoop({ incidents: wholeNumber('--incidents', flags.incidents, 1), onProgress }),
  gas: (_flags, onProgress) => benchGas(onProgress),
  network: (_flags, onProgress) => benchNetwork(onProgress),
}

/** `breakwater bench`: figures of this machine, each line one measure. */
export function benchCommand(terminal: Terminal): Command {
  return new Command('bench')
    .description(
      'Measure this machine: from a block to the certificate, catch-up, folding, gas, start, memory, connections',
    )
    .argument('[name]', `which bench: ${Object.keys(BENCHES).join(', ')}`, 'loop')
    .addOption(new Option('--incidents <n>', 'certificates to time').default('100'))
    .option('--json', 'one JSON object a line')
    .action(async (name: string, flags: Flags) => {
      const bench = BENCHES[name]
      if (bench === undefined)
        throw usageError(`there is no bench "${name}"`, `choose ${Object.keys(BENCHES).join(', ')}`)
      const measures = await bench(flags, (text) => terminal.progress(`bench ${name}: ${text} …`))
      for (const measure of measures) {
        if (flags.json) terminal.json(measure)
        else terminal.print(describe(measure))
      }
    })
}

function describe({ name, unit, value, n, baseline, ratio }: Measure): string {
  const beside =
    baseline === undefined
      ? ''
      : `  (baseline ${baseline.toLocaleString('en-US')} ${unit}, ×${ratio?.toFixed(1)})`
  return `${name.padEnd(24)} ${value.toLocaleString('en-US').padStart(12)} ${unit.padEnd(4)} n = ${n}${beside}`
}
