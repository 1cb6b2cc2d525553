import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Files of PEM, as a server's configuration and its clients name them. */
export interface Certificates {
  readonly caFile: string
  readonly certFile: string
  readonly keyFile: string
}

const run = promisify(execFile)
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** An authority of its own and, signed by it, a server certificate for this machine; both made by openssl in `folder`. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const at = (name: string) => join(folder, name)
  const [caFile, caKey, certFile, keyFile, request] = [at('ca.pem'), at('ca-key.pem'), at('cert.pem'), at('key.pem'), at('request.pem')]
  const extensions = at('extensions.cnf')
  await writeFile(
    extensions,
    'subjectAltName=IP:127.0.0.1,DNS:localhost\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n' +
      'basicConstraints=critical,CA:FALSE\nauthorityKeyIdentifier=keyid\n',
  )
  const authority = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign']
  await run('openssl', ['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=test authority', ...authority, '-keyout', caKey, '-out', caFile])
  await run('openssl', ['req', ...newKey, '-subj', '/CN=127.0.0.1', '-keyout', keyFile, '-out', request])
  const signing = ['-CA', caFile, '-CAkey', caKey, '-CAcreateserial', '-days', '2', '-extfile', extensions]
  await run('openssl', ['x509', '-req', '-in', request, ...signing, '-out', certFile])
  return { caFile, certFile, keyFile }
}
