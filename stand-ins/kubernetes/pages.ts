/** Lists as an API server gives them: what selectors choose, a page at a time. */
import type { ClusterObject } from './cluster-object.ts'

/** Whether the selectors of a request choose an object. */
export function isSelected(url: URL): (object: ClusterObject) => boolean {
  const pairs = (name: string) =>
    (url.searchParams.get(name) ?? '')
      .split(',')
      .filter(Boolean)
      .map((pair) => pair.split('='))
  const labels = pairs('labelSelector')
  const fields = pairs('fieldSelector')
  return (object) =>
    labels.every(([key = '', value]) => object.metadata.labels?.[key] === value) &&
    fields.every(([key = '', value]) => object[key] === value)
}

/** The page that a request asks for. */
export function toPage(items: readonly ClusterObject[], url: URL): object {
  const from = Number(url.searchParams.get('continue') ?? 0)
  const limit = Number(url.searchParams.get('limit') ?? 0) || items.length
  const isMore = from + limit < items.length
  return {
    kind: 'List',
    metadata: isMore ? { continue: String(from + limit) } : {},
    items: items.slice(from, from + limit),
  }
}
