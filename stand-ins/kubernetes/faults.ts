/** How the API double breaks, as tests script it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { failureStatus } from './wire.ts'

/** The next answers, in the order in which they are scripted. */
export type Fault =
  | { readonly kind: 'status'; readonly code: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Breaks the connection in the middle of the body. */
  | { readonly kind: 'cut' }

interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Answers in the scripted way; as always where none is scripted. */
export function breakOrAnswer<Asked extends Call>(
  fault: Fault | undefined,
  call: Asked,
  answer: (call: Asked) => void,
): void {
  switch (fault?.kind) {
    case undefined:
      return answer(call)
    case 'status':
      return send(call.response, fault.code, failureStatus(fault.code, 'Scripted', 'scripted'))
    case 'reset':
      call.request.socket.destroy()
      return
    case 'delay':
      setTimeout(() => answer(call), fault.ms).unref()
      return
    case 'hang':
      return
    case 'cut':
      call.response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': '1000',
      })
      call.response.write('{"kind":', () => call.request.socket.destroy())
      return
  }
}

/** Answers JSON. */
export function send(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
