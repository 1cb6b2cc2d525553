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
  unreadable: {
    status: 400,
    text: (d: { file: string; reason: string }) => `${d.file} cannot be read: ${d.reason}. Give this user the right to read it`,
  },
  unwritable: {
    status: 400,
    text: (d: { file: string; reason: string }) =>
      `${d.file} cannot be written: ${d.reason}. Give this user the right to write in its folder and room on its disk, or name another folder with -folder`,
  },
  notText: {
    status: 400,
    text: (d: { file: string }) => `${d.file} is not text in UTF-8 (PowerShell's > writes UTF-16): save it as UTF-8`,
  },
  envNotEditable: {
    status: 400,
    text: (d: { file: string; names: string }) =>
      `${d.file} cannot be changed without changing what else it says: take the lines of ${d.names} out by hand, and run this again`,
  },
  system: { status: 500, text: (d: { what: string; reason: string }) => `${d.what}: ${d.reason}` },
  noVault: {
    status: 400,
    text: () =>
      'VAULT_ADDR and VAULT_TOKEN are not both set: run "chatelaine setup-userbot -allow=ID" as an operator of the Vault, which writes them into .env',
  },
  badToken: {
    status: 400,
    text: () =>
      'the Vault refuses VAULT_TOKEN: it is wrong, has ended, or was made without the policy "default". Run "chatelaine setup-userbot -force" as an operator ' +
      'of the Vault, which puts a new one into .env, and start this again without a VAULT_TOKEN in the environment',
  },
  rootToken: {
    status: 400,
    text: (d: { where: 'environment' | '.env' | undefined; other: boolean }) =>
      `VAULT_TOKEN${d.where ? ` ${d.where === '.env' ? 'in .env' : 'in the environment'}` : ''} is a root token, and root may not vouch for others: ${
        d.other
          ? 'it hides the one in .env, so run "unset VAULT_TOKEN" and start this again'
          : `run "chatelaine setup-userbot ${d.where === '.env' ? '-force ' : ''}-allow=ID", which makes the userbot a token of its own${
              d.where === '.env' ? ' and puts it in the place of this one' : ' and writes it into .env, then "unset VAULT_TOKEN"'
            }, and start this again`
      }`,
  },
  tokenEnds: {
    status: 403,
    text: (d: { seconds: number }) =>
      `the userbot's own token cannot be renewed any more and ends in ${d.seconds} seconds: run "chatelaine setup-userbot -force" as an operator of the ` +
      'Vault; the new token in .env is taken without a restart',
  },
  tokenGone: {
    status: 403,
    text: () =>
      "the Vault no longer knows the userbot's own token: it was revoked, or has reached its end. Run \"chatelaine setup-userbot -force\" as an operator of the " +
      'Vault, and start the userbot again',
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
  deletedSessionKey: {
    status: 400,
    text: (d: { secret: string; version: number }) =>
      `the key that the session is sealed with was deleted from the Vault: bring it back with "chatelaine kv undelete -versions=${d.version} ` +
      `${d.secret}" as somebody who may, or run "chatelaine generate-session" again`,
  },
  damagedSessionKey: {
    status: 400,
    text: (d: { path: string }) =>
      `what the Vault has at ${d.path} is not a key of 32 bytes: bring back an earlier version with "chatelaine kv rollback" as somebody who may, ` +
      'or run "chatelaine generate-session" again, which writes a new one',
  },
  noRoomForKey: {
    status: 400,
    text: (d: { path: string }) =>
      `the key that seals the session cannot be written to ${d.path}: "chatelaine secrets enable -version=2 -path=secret kv" makes the place where ` +
      'there is none, and "chatelaine setup-userbot -force" a token that may write there',
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
    text: (d: { what: string }) => `there is no terminal to ask for ${d.what} on, or it was closed: pipe the answers in, one a line`,
  },
  tooManyAnswers: {
    status: 400,
    text: (d: { what: string }) => `${d.what} was not given in ten tries: run "chatelaine generate-session" again when you have it`,
  },
  noEmailLogin: {
    status: 400,
    text: () => 'Telegram wants an e-mail address for this account first: log in with the Telegram app and set one, then run this again',
  },
  payment: {
    status: 400,
    text: () => 'Telegram asks for a payment before it sends this number a code: log in with the Telegram app first, then run this again',
  },
  keptOther: {
    status: 400,
    text: (d: { file: string }) => `the session in ${d.file} was left as it was, and the new login was ended`,
  },
  noTelegram: {
    status: 502,
    text: (d: { address: string; reason: string }) =>
      `Telegram cannot be reached at ${d.address}: ${d.reason}. See whether this machine is on the network and may connect there`,
  },
  badServer: {
    status: 400,
    text: () => 'TELEGRAM_SERVER must be host:port, as in 127.0.0.1:8443, with the file of its public key in TELEGRAM_SERVER_KEY',
  },
  badServerKey: {
    status: 400,
    text: (d: { file: string; reason: string }) => `${d.file}, which TELEGRAM_SERVER_KEY names, is no public key: ${d.reason}`,
  },
  signedOut: {
    status: 400,
    text: () => 'Telegram no longer knows this session: it was ended from another device, or has expired. Run "chatelaine generate-session" again',
  },
  usedTwice: {
    status: 400,
    text: () =>
      'Telegram has ended this session because it was used in two places at once: let only one userbot run on it, then run "chatelaine generate-session" again',
  },
  banned: {
    status: 400,
    text: () => 'Telegram has banned this account: log in with the Telegram app, which says how to appeal, or run "chatelaine generate-session" with another account',
  },
  accountGone: {
    status: 400,
    text: () => 'this Telegram account was deleted: run "chatelaine generate-session" with another account',
  },
  wait: {
    status: 429,
    text: (d: { seconds: number }) => `Telegram asks to wait ${d.seconds} seconds before trying again`,
  },
  refused: { status: 400, text: (d: { reason: string }) => `Telegram refused: ${d.reason}` },
  unanswered: {
    status: 500,
    text: (d: { senderId: number; reason: string }) => `the answer to ${d.senderId} was not sent: ${d.reason}`,
  },
  answersLost: {
    status: 500,
    text: (d: { count: number; to: string; reason: string }) =>
      `${d.count} ${d.count === 1 ? 'answer was' : 'answers were'} not sent, to ${d.to}: ${d.reason}. Whoever still needs it asks again`,
  },
})
