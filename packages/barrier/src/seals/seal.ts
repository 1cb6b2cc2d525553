/**
 * What keeps the root key while the Vault is sealed: unseal shares, a key file, another service's key. `type` names it
 * in `core/stored-key`, so that a Vault opened with another seal than it was closed with says so.
 */
export interface Seal {
  readonly type: string
  /** The root key, so that only `unwrap` of this seal gives it back. Leaves `rootKey` to the caller. */
  wrap(rootKey: Uint8Array): Promise<Uint8Array>
  /** Undoes `wrap`, or rejects with `BarrierError.notUnwrapped`. */
  unwrap(blob: Uint8Array): Promise<Uint8Array>
}
