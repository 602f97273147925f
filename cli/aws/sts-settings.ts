/** The way to STS from where the person is: by the variables that every AWS SDK and every tool with a proxy reads. */
import type { StsSettings } from '../../sidecar/core/chain/job.ts'
import { usedWrongly } from '../output/exit-codes.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Throws a sentence where the endpoint would get the token in clear text. */
export function readStsSettings(environment: Environment): StsSettings {
  const read = (...names: readonly string[]) =>
    names.map((name) => environment[name]).find((value) => value !== undefined && value !== '')
  const region = read('AWS_REGION', 'AWS_DEFAULT_REGION')
  const endpoint = read('AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL')
  const httpsProxy = read('HTTPS_PROXY', 'https_proxy')
  const noProxy = read('NO_PROXY', 'no_proxy')
  const allowsHttp = read('ROLECHAIN_ALLOW_HTTP_STS') === 'true'
  if (endpoint !== undefined && !endpoint.startsWith('https:') && !allowsHttp)
    throw usedWrongly(
      'AWS_ENDPOINT_URL_STS (or AWS_ENDPOINT_URL) is no https URL, and the token of the service account would travel there in clear text; set an https URL, or none.',
    )
  return {
    allowsHttp,
    usesFips: read('AWS_USE_FIPS_ENDPOINT') === 'true',
    usesDualstack: read('AWS_USE_DUALSTACK_ENDPOINT') === 'true',
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(httpsProxy !== undefined && { httpsProxy }),
    ...(noProxy !== undefined && { noProxy }),
  }
}
