import { TelegramError } from './errors.js'

/** Policy names as the core compares them: trimmed, lower case, each once. Otherwise ` Root` would pass for another. */
export const policyNames = (names: readonly string[]): string[] =>
  [...new Set(names.map((name) => name.trim().toLowerCase()).filter((name) => name !== ''))].sort()

/** A person who holds a voucher policy could speak for any other. */
export function refuseVouchers(vouchers: readonly string[], granted: readonly string[]): void {
  if (granted.some((policy) => vouchers.includes(policy))) throw TelegramError.voucherRole()
}
