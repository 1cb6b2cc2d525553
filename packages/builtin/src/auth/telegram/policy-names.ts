import { TelegramError } from './errors.js'

/** Names in order, without empty ones, each once. They come in the form that the core compares: their schemas declare it. */
export const policyNames = (names: readonly string[]): string[] => [...new Set(names.filter((name) => name !== ''))].sort()

/** A person who holds a voucher policy could speak for any other. */
export function refuseVouchers(vouchers: readonly string[], granted: readonly string[]): void {
  if (granted.some((policy) => vouchers.includes(policy))) throw TelegramError.voucherRole()
}
