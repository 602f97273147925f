/** The serving certificate from files: read at the start, and again whenever they change, without a restart. */
import { X509Certificate } from 'node:crypto'
import type { Server } from 'node:https'
import { createSecureContext } from 'node:tls'
import type { SecureContextOptions, TlsOptions } from 'node:tls'
import { readFiles, watchFiles } from '../files/watch-files.ts'

export interface TlsFiles {
  readonly certificatePath: string
  readonly keyPath: string
  /** OpenSSL's cipher list; empty means Node's. */
  readonly ciphers: string
  readonly minVersion: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
}

export interface ServingTls {
  /** For the server that is to be made. */
  readonly options: TlsOptions
  readonly expiresAtMs: number
  /** Gives the server each later certificate; returns how to stop. */
  readonly follow: (
    server: Pick<Server, 'setSecureContext' | 'closeIdleConnections'>,
    news: TlsNews,
  ) => () => Promise<void>
}

export interface TlsNews {
  readonly everyMs: number
  readonly onChange: (expiresAtMs: number) => void
  readonly onFailure: (error: unknown) => void
}

/** Reads certificate and key; throws a sentence when they are missing or do not fit. */
export async function loadTls(files: TlsFiles): Promise<ServingTls> {
  const paths = [files.certificatePath, files.keyPath]
  const known = await readFiles(paths).catch((error: unknown) => {
    throw new Error(
      'The serving certificate cannot be read (--tls-cert and --tls-key say where it is)',
      { cause: error },
    )
  })
  const { options, expiresAtMs } = toOptions(files, known)
  return {
    options,
    expiresAtMs,
    follow: (server, news) =>
      watchFiles({
        paths,
        known,
        everyMs: news.everyMs,
        // While the two files change one after the other, a pair may not fit: the next look sees both.
        onChange: (contents) => {
          const next = toOptions(files, contents)
          server.setSecureContext(next.options)
          news.onChange(next.expiresAtMs)
        },
        onFailure: news.onFailure,
      }),
  }
}

function toOptions(
  files: TlsFiles,
  contents: readonly string[],
): { options: SecureContextOptions; expiresAtMs: number } {
  const [cert = '', key = ''] = contents
  const { ciphers, minVersion } = files
  const options = { cert, key, minVersion, ...(ciphers === '' ? {} : { ciphers }) }
  try {
    createSecureContext(options)
    return { options, expiresAtMs: new X509Certificate(cert).validToDate.getTime() }
  } catch (error) {
    throw new Error(
      `The certificate in ${files.certificatePath} and the key in ${files.keyPath} cannot be used`,
      { cause: error },
    )
  }
}
