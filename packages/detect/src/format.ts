import { divide, floor, multiply, type Quantity } from '@breakwater/kernel'

/** A token amount as people read it: `1,234.56 usdc`, cut off after two decimals. */
export function formatAmount(amount: Quantity, decimals: number, unit: string): string {
  return `${formatDecimal(divide(amount, 10n ** BigInt(decimals)) ?? 0n, 2)} ${unit}`
}

/** A share as a percentage: `3 %`, `0.05 %`. */
export function formatShare(share: Quantity): string {
  const percent = formatDecimal(multiply(share, 100n) ?? 0n, 4)
  return `${percent.includes('.') ? percent.replace(/\.?0+$/, '') : percent} %`
}

/** Digits behind the point are cut off, not rounded; thousands are set apart by commas. */
export function formatDecimal(value: Quantity, digits: number): string {
  const scaled = floor(multiply(value, 10n ** BigInt(digits)) ?? 0n)
  const text = (scaled < 0n ? -scaled : scaled).toString().padStart(digits + 1, '0')
  const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${scaled < 0n ? '-' : ''}${whole}${digits === 0 ? '' : `.${text.slice(-digits)}`}`
}

/** The shortest exact form: `10m`, `1h`, `90s`. */
export function formatDuration(seconds: number): string {
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const) {
    if (seconds >= length && seconds % length === 0) return `${seconds / length}${unit}`
  }
  return `${seconds}s`
}
