/**
 * The open watches of the API double: each gets what happened since its resource version, then every change as it
 * happens.
 */
import type { ServerResponse } from 'node:http'
import type { Store, StoreEvent } from './store.ts'
import { failureStatus, toWire } from './wire.ts'

interface WatchRequest {
  readonly response: ServerResponse
  readonly url: URL
  readonly isMetadataOnly: boolean
}

export interface Watches {
  /** Answers one watch request and keeps it open. */
  open(request: WatchRequest): void
  /** Breaks all connections; returns how many there were. */
  readonly drop: () => number
  /** Ends all answers in good order, as after `timeoutSeconds`; returns how many there were. */
  readonly end: () => number
  /** Tells all that their resource version is too old, and ends them. */
  readonly expire: () => void
  /** Tells all a resource version that no event has told, and returns it. */
  readonly bookmark: () => string
}

export function createWatches(store: Store): Watches {
  const open = new Set<WatchRequest>()

  function forEach(action: (request: WatchRequest) => void): number {
    // An answer that has ended stays open until its client notices.
    const requests = [...open].filter(({ response }) => !response.writableEnded)
    for (const request of requests) action(request)
    return requests.length
  }

  return {
    open: (request) => {
      const { response, url } = request
      response.writeHead(200, { 'content-type': 'application/json' })
      const missed = store.eventsSince(Number(url.searchParams.get('resourceVersion') ?? 0))
      if (missed === undefined) return expire(request)
      for (const event of missed) write(request, event)
      response.flushHeaders()
      open.add(request)
      const unsubscribe = store.subscribe((event) => write(request, event))
      const seconds = Number(url.searchParams.get('timeoutSeconds') ?? 1800)
      const timer = setTimeout(() => response.end(), seconds * 1000)
      response.on('close', () => {
        clearTimeout(timer)
        unsubscribe()
        open.delete(request)
      })
    },
    drop: () => forEach(({ response }) => response.socket?.destroy()),
    end: () => forEach(({ response }) => response.end()),
    expire: () => void forEach(expire),
    bookmark: () => {
      const resourceVersion = String(store.advance())
      forEach(({ response, url, isMetadataOnly }) => {
        if (url.searchParams.get('allowWatchBookmarks') !== 'true') return
        const object = {
          apiVersion: isMetadataOnly ? 'meta.k8s.io/v1' : 'v1',
          kind: isMetadataOnly ? 'PartialObjectMetadata' : 'ServiceAccount',
          metadata: { resourceVersion, creationTimestamp: null },
        }
        response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
      })
      return resourceVersion
    },
  }
}

function write({ response, isMetadataOnly }: WatchRequest, event: StoreEvent): void {
  if (response.writableEnded) return
  const object = toWire(event.object, isMetadataOnly)
  response.write(`${JSON.stringify({ type: event.type, object })}\n`)
}

function expire({ response }: WatchRequest): void {
  const object = failureStatus(410, 'Expired', 'too old resource version')
  response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`)
}
