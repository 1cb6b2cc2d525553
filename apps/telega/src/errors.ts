import { defineErrors } from '@chatelaine/sdk'

/** Why the userbot does not start. Sentences say what to do next. */
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
  noVault: {
    status: 400,
    text: () => 'VAULT_ADDR and VAULT_TOKEN are not set: put them into .env, or export them',
  },
  openToAll: {
    status: 400,
    text: (d: { file: string; what: string }) =>
      `${d.file} can be read by everybody on this machine and holds ${d.what}: run "chmod 600 ${d.file}", or give the token another way`,
  },
  noSession: {
    status: 400,
    text: (d: { file: string }) => `there is no session at ${d.file}: run "chatelaine generate-session" first`,
  },
  badSession: {
    status: 500,
    text: (d: { file: string }) =>
      `${d.file} cannot be opened: it was changed, or sealed with another key; run "chatelaine generate-session" to make a new one`,
  },
  noPassphrase: {
    status: 400,
    text: () => 'the session is sealed with a passphrase: set TELEGA_PASSPHRASE, or run this on a terminal to be asked',
  },
  shortPassphrase: { status: 400, text: () => 'a passphrase has at least 12 characters' },
  noTerminal: {
    status: 400,
    text: (d: { what: string }) => `there is no terminal to ask for ${d.what} on: pipe the answers in, one a line`,
  },
  signedOut: {
    status: 400,
    text: () => 'Telegram no longer knows this session: run "chatelaine generate-session" again',
  },
})
