/** A drawn sample that comes out the same for the same seed. */

/** `count` of `items` in a drawn order; all of them where there are fewer. */
export function sample<Item>(items: readonly Item[], count: number, seed: number): Item[] {
  const random = seeded(seed)
  const drawn = [...items]
  for (let last = drawn.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1))
    const [one, other] = [drawn[last], drawn[chosen]]
    if (one === undefined || other === undefined) continue
    drawn[last] = other
    drawn[chosen] = one
  }
  return drawn.slice(0, count)
}

/** Mulberry32, a generator of 32 bits of state: numbers from 0 up to 1. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
