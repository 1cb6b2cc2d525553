/**
 * The Python that has other people's clients: Debian's own in `npm test`, whose packages tools/prepare.mjs installs, and the
 * environment of `npm run compat`, which has the newest ones.
 */
export const python = process.env['COMPAT_PYTHON'] ?? '/usr/bin/python3'
