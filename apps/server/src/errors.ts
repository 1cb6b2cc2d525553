import { defineErrors } from '@chatelaine/sdk'

/** Why a server does not start. Status is for form's sake: nobody asks over a wire yet. */
export const ServerError = defineErrors('server', {
  config: { status: 400, text: (d: { file: string; problem: string }) => `${d.file}: ${d.problem}` },
  noConfig: {
    status: 400,
    text: () => 'no configuration: give -config=FILE (or a folder of .hcl and .json files), or -dev for a server in memory',
  },
  usage: { status: 400, text: (d: { problem: string }) => d.problem },
  unreadable: { status: 400, text: (d: { what: string; file: string; reason: string }) => `cannot read the ${d.what} ${d.file}: ${d.reason}` },
  addressInUse: {
    status: 500,
    text: (d: { address: string }) => `${d.address} is taken by another program; stop it, or choose another address`,
  },
})
