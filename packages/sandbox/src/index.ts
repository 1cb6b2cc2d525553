/**
 * A Telegram of one's own: a small MTProto 2.0 server that other people's clients cannot tell from the real one in what
 * it offers, which is logging in and private chats. Bottom to top, each folder knowing only those before it:
 *
 *   tl         bytes to objects and back, for every client's layer
 *   transport  a stream of bytes to packets
 *   exchange   three questions to an authorization key
 *   session    packets under a key to requests, each once
 *   rpc        requests to the methods that answer them
 *   services   what the methods mean: accounts, messages, updates
 */
export { startSandbox, type Account, type Sandbox, type SandboxOptions } from './sandbox.js'
export { dataCenters, trust } from './trust.js'
export type { Flood, Refused } from './rpc/floods.js'
export type { NewAccount } from './services/accounts.js'
export type { Message } from './services/mailbox.js'
