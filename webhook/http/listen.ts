/** Opening a port, on all addresses that the machine has. */
import type { FastifyInstance } from 'fastify'

/** Resolves with the port, which a port of 0 lets the system choose. */
export async function listen(app: FastifyInstance, port: number): Promise<number> {
  try {
    // All addresses, of both families where the machine has them.
    await app.listen({ port, host: '::' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EACCES') throw privilegedPort(port, error)
    if (code !== 'EAFNOSUPPORT') throw error
    await app.listen({ port, host: '0.0.0.0' })
  }
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

function privilegedPort(port: number, cause: unknown): Error {
  return new Error(
    `Port ${port} is for root on this node: give --port=8443 and let the targetPort of the Service follow, or set the sysctl net.ipv4.ip_unprivileged_port_start of the pod to 0`,
    { cause },
  )
}
