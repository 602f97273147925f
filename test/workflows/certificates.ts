/** Certificates of the suite: AWS under its true names, and the name under which the other cluster is reached. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../cluster/command.ts'

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']

/** Files of a certificate and its key. */
export interface Certificate {
  readonly certificate: string
  readonly key: string
}

/** Makes an authority as `NAME.crt` and `NAME.key`. */
export async function makeAuthority(folder: string, name: string): Promise<Certificate> {
  const files = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) }
  const command = [
    ['openssl', 'req', '-x509', ...KEY, '-subj', `/CN=rolechain test ${name}`],
    ['-keyout', files.key, '-out', files.certificate],
    ['-addext', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature'],
  ]
  await run(command.flat())
  return files
}

/** Makes a server's certificate for `names`, signed by `authority`. */
export async function makeLeaf(
  folder: string,
  names: readonly string[],
  authority: Certificate,
): Promise<Certificate> {
  const files = { certificate: join(folder, 'server.crt'), key: join(folder, 'server.key') }
  const command = [
    ['openssl', 'req', '-x509', ...KEY, '-subj', '/CN=server'],
    ['-CA', authority.certificate, '-CAkey', authority.key],
    ['-keyout', files.key, '-out', files.certificate],
    ['-addext', 'basicConstraints=critical,CA:FALSE'],
    ['-addext', `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`],
  ]
  await run(command.flat())
  return files
}

/** PEM text of a certificate. */
export function readPem({ certificate }: Certificate): Promise<string> {
  return readFile(certificate, 'utf8')
}
