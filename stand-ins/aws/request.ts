/** One HTTP request as the services of the strict AWS see it: nothing decoded that a signature covers. */

/** A request that has arrived in full. */
export interface AwsRequest {
  readonly method: string
  /** As sent, before the `?`. */
  readonly rawPath: string
  /** Decoded pairs in the order sent. */
  readonly query: readonly (readonly [name: string, value: string])[]
  /** Lower-case names; values of repeated headers joined by commas. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  readonly sourceIp: string
}

/** Percent-decoding that leaves a malformed sequence as it is, so that its signature simply does not match. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function parseQuery(raw: string): [string, string][] {
  return raw
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [decodePercent(name), decodePercent(value.join('='))]
    })
}

/** Splits a request target (`/path?query`) without changing either part's meaning. */
export function splitTarget(target: string): Pick<AwsRequest, 'rawPath' | 'query'> {
  const [rawPath = '/', ...query] = target.split('?')
  return { rawPath, query: parseQuery(query.join('?')) }
}

/** The first value of a query parameter. */
export function queryValue(request: AwsRequest, name: string): string | undefined {
  return request.query.find(([key]) => key === name)?.[1]
}
