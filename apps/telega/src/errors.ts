import { defineErrors } from '@chatelaine/sdk'

/** Why the userbot does not start, or stops. Sentences say what to do next. */
export const TelegaError = defineErrors('telega', {
  noKeys: {
    status: 400,
    text: (d: { file: string }) =>
      `${d.file} is not there: write { "api_id": "…", "api_hash": "…" } into it (https://my.telegram.org gives them)`,
  },
  badKeys: {
    status: 400,
    text: (d: { file: string; problem: string }) => `${d.file}: ${d.problem}`,
  },
  unreadable: { status: 400, text: (d: { file: string; reason: string }) => `${d.file} cannot be read: ${d.reason}` },
  noVault: {
    status: 400,
    text: () => 'VAULT_ADDR and VAULT_TOKEN are not set: put them into .env, or export them',
  },
  badToken: {
    status: 400,
    text: () => 'the Vault refuses VAULT_TOKEN: it is wrong, has ended, or was made without the policy "default"',
  },
  rootToken: {
    status: 400,
    text: () =>
      'VAULT_TOKEN is a root token, and root may not vouch for others: make the userbot one of its own, as with ' +
      '"vault token create -orphan -period=24h -policy=userbot"',
  },
  tokenEnds: {
    status: 403,
    text: () => "the userbot's own token has reached its longest life and will end: start again with a new VAULT_TOKEN, made with a period",
  },
  openToAll: {
    status: 400,
    text: (d: { file: string; what: string }) =>
      `${d.file} can be read by others on this machine and holds ${d.what}: run "chmod 600 ${d.file}", or give it another way`,
  },
  noSession: {
    status: 400,
    text: (d: { file: string }) => `there is no session at ${d.file}: run "chatelaine generate-session" first`,
  },
  noSessionKey: {
    status: 400,
    text: (d: { path: string }) =>
      `the session is sealed with a key that this Vault does not have at ${d.path}: use the Vault it was made with, ` +
      'or run "chatelaine generate-session" again',
  },
  badSession: {
    status: 500,
    text: (d: { file: string }) =>
      `${d.file} cannot be opened: it was changed, or sealed with another key; run "chatelaine generate-session" to make a new one`,
  },
  sessionClosed: { status: 500, text: () => 'the session was closed and cannot be written any more' },
  noPassphrase: {
    status: 400,
    text: () => 'the session is sealed with a passphrase: set TELEGA_PASSPHRASE, or run this on a terminal to be asked',
  },
  shortPassphrase: { status: 400, text: () => 'a passphrase has at least 12 characters' },
  noTerminal: {
    status: 400,
    text: (d: { what: string }) => `there is no terminal to ask for ${d.what} on: pipe the answers in, one a line`,
  },
  badServer: {
    status: 400,
    text: () => 'TELEGRAM_SERVER must be host:port, as in 127.0.0.1:8443, with the file of its public key in TELEGRAM_SERVER_KEY',
  },
  signedOut: {
    status: 400,
    text: () => 'Telegram no longer knows this session: run "chatelaine generate-session" again',
  },
  wait: {
    status: 429,
    text: (d: { seconds: number }) => `Telegram asks to wait ${d.seconds} seconds before trying again`,
  },
  refused: { status: 400, text: (d: { reason: string }) => `Telegram refused: ${d.reason}` },
})
