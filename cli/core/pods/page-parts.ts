/** Style and script of the page. They are the same for all pages, so that the page's policy allows just these two. */

export const STYLE = `
:root { color-scheme: light dark; --back: #fff; --front: #1c2024; --faint: #60646c; --line: #d9d9e0; --card: #f9f9fb;
  --plain: #8b8d98; --allowed: #218358; --refused: #ce2c31; --undecided: #ab6400; --mark: #0d74ce; }
@media (prefers-color-scheme: dark) { :root { --back: #111113; --front: #edeef0; --faint: #b0b4ba; --line: #363a3f;
  --card: #18191b; --plain: #777b84; --allowed: #3dd68c; --refused: #ff9592; --undecided: #ffca16; --mark: #70b8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 90rem; padding: 1.5rem; background: var(--back); color: var(--front);
  font: 14px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1rem; margin: 0 0 .5rem; }
h3 { font-size: .8rem; margin: .9rem 0 .3rem; color: var(--faint); font-weight: 600; overflow-wrap: anywhere; }
p { margin: .25rem 0; color: var(--faint); }
.bar { position: sticky; top: 0; z-index: 2; background: var(--back); padding: .6rem 0; display: flex; gap: 1.2rem;
  align-items: center; flex-wrap: wrap; border-bottom: 1px solid var(--line); }
input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: .4rem .7rem; width: 22rem; max-width: 100%; }
input:focus-visible, li:focus-visible { outline: 2px solid var(--mark); }
.key { display: inline-flex; gap: .4rem; align-items: center; color: var(--faint); }
.key svg, #edges { overflow: visible; }
#graph { position: relative; display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); padding: 1rem 0;
  gap: clamp(2.5rem, 6vw, 5rem); min-width: 46rem; }
section { align-self: start; position: sticky; }
section h2, section h3 { position: relative; z-index: 1; background: var(--back); width: fit-content; }
#edges { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
path, line { fill: none; stroke: var(--plain); stroke-width: 1.3; opacity: .65; }
.allowed { stroke: var(--allowed); } .refused { stroke: var(--refused); stroke-width: 2; stroke-dasharray: 6 3; opacity: 1; }
.undecided { stroke: var(--undecided); stroke-dasharray: 2 3; opacity: 1; }
#graph.many path:not(.refused, .undecided) { stroke-width: 1; opacity: .3; }
#graph path.lit { stroke-width: 2.6; opacity: 1; } #graph.some path:not(.lit) { opacity: .05; }
ul { list-style: none; margin: 0; padding: 0; }
li { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .25rem .6rem; margin: .25rem 0;
  overflow-wrap: anywhere; cursor: default; position: relative; z-index: 1; }
li.lit { border-color: var(--mark); } li small { color: var(--faint); } #graph section:not(:first-of-type) small { display: block; }
.gone { display: none; }
table { border-collapse: collapse; width: 100%; margin-top: .5rem; } caption { text-align: left; font-weight: 600; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; } th { color: var(--faint); font-weight: 600; }
th, td:nth-child(n + 4):nth-child(-n + 6) { white-space: nowrap; overflow-wrap: normal; }
td.closed { color: var(--refused); }
@media print { :root { color-scheme: light; --back: #fff; --front: #000; --faint: #444; --line: #bbb; --card: #fff;
  --plain: #777; --allowed: #18794e; --refused: #c62a2f; --undecided: #915930; }
  body { padding: 0; font-size: 9pt; max-width: none; } .bar { position: static; } input { display: none; }
  #graph { gap: 3rem; min-width: 0; } section { position: static; } li, tr { break-inside: avoid; } }
`

/** It knows numbers of nodes only: no text of the cluster is ever code or markup to it. */
export const SCRIPT = `
const graph = document.getElementById('graph'), edges = document.getElementById('edges')
const search = document.getElementById('search'), count = document.getElementById('count')
const nodes = [...document.querySelectorAll('#graph li')], rows = [...document.querySelectorAll('tbody tr')]
const links = nodes.flatMap((node, from) => (node.dataset.edges || '').split(' ').filter(Boolean).map((text) => {
  const [to, kind] = text.split(':'); return { from, to: Number(to), kind, path: null } }))
for (const link of links) {
  link.path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  link.path.setAttribute('class', link.kind); edges.append(link.path)
}
graph.classList.toggle('many', links.length > 150)
const sections = [...document.querySelectorAll('section')]
const sectionOf = nodes.map((node) => node.closest('section'))
const chainsOf = nodes.map((node) => node.dataset.chains.split(' '))
const texts = nodes.map((node) => node.closest('div').querySelector('h3').textContent + ' ' + node.textContent)
const textOf = new Map()
chainsOf.forEach((chains, index) => { for (const chain of chains)
  textOf.set(chain, ((textOf.get(chain) || '') + ' ' + texts[index]).toLowerCase()) })
const has = (index, chains) => chainsOf[index].some((chain) => chains.has(chain))
/** A column stays in sight beside a longer one: whole, or with its end where the window is too low. */
function pin() {
  for (const section of sections) section.style.top = Math.min(72, innerHeight - section.offsetHeight - 16) + 'px'
}
function draw() {
  const origin = graph.getBoundingClientRect()
  for (const { from, to, path } of links) {
    const hidden = nodes[from].classList.contains('gone') || nodes[to].classList.contains('gone')
    path.classList.toggle('gone', hidden)
    if (hidden) continue
    const one = nodes[from].getBoundingClientRect(), other = nodes[to].getBoundingClientRect()
    const x1 = one.right - origin.left, y1 = one.top + one.height / 2 - origin.top
    const y2 = other.top + other.height / 2 - origin.top
    // Two roles of one column: around their right side.
    const isBeside = sectionOf[from] === sectionOf[to]
    const x2 = (isBeside ? other.right : other.left) - origin.left
    const bend = isBeside ? 34 : Math.max(24, (x2 - x1) / 2), turn = isBeside ? x2 + bend : x2 - bend
    path.setAttribute('d', 'M' + x1 + ' ' + y1 + 'C' + (x1 + bend) + ' ' + y1 + ' ' + turn + ' ' + y2 + ' ' + x2 + ' ' + y2)
  }
}
function filter() {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean)
  const fits = (text) => words.every((word) => text.includes(word))
  const found = new Set([...textOf].filter(([, text]) => fits(text)).map(([chain]) => chain))
  nodes.forEach((node, index) => node.classList.toggle('gone', !has(index, found)))
  for (const group of document.querySelectorAll('#graph section > div'))
    group.classList.toggle('gone', group.querySelector('li:not(.gone)') === null)
  for (const row of rows) row.classList.toggle('gone', !fits(row.textContent.toLowerCase()))
  count.textContent = words.length === 0 ? '' : found.size + (found.size === 1 ? ' chain' : ' chains')
  pin()
  draw()
}
function light(index) {
  const lit = new Set(index === null ? [] : chainsOf[index])
  graph.classList.toggle('some', index !== null)
  nodes.forEach((node, at) => node.classList.toggle('lit', has(at, lit)))
  for (const { from, to, path } of links)
    path.classList.toggle('lit', chainsOf[from].some((chain) => lit.has(chain) && chainsOf[to].includes(chain)))
}
nodes.forEach((node, index) => {
  for (const event of ['mouseenter', 'focus']) node.addEventListener(event, () => light(index))
  for (const event of ['mouseleave', 'blur']) node.addEventListener(event, () => light(null))
})
search.addEventListener('input', filter)
for (const event of ['resize', 'beforeprint', 'afterprint']) addEventListener(event, () => { pin(); draw() })
matchMedia('print').addEventListener('change', draw)
let isWaiting = false
addEventListener('scroll', () => {
  if (isWaiting) return
  isWaiting = true
  requestAnimationFrame(() => { isWaiting = false; draw() })
})
pin()
draw()
`
