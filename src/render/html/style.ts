/** The style sheet of a page. Colours meet WCAG AA in light and dark mode; print has neither controls nor scrolling. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fff; --ink: #1a1f26; --muted: #5a6572; --rule: #dfe3e8; --strong: #aab3be; --head: #f4f6f8; --accent: #1a5fb4; --bar: #6f9fd8; --warn: #a51d2d;
  --s1: #c2570c; --s2: #7b3fb5; --s3: #24783a; --s4: #a8205e; --s5: #6b6411;
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #15181c; --ink: #e3e6ea; --muted: #9aa5b1; --rule: #2c323a; --strong: #505a66; --head: #1e2329; --accent: #8ab8f2; --bar: #4f7fb8; --warn: #ff938a; --s1: #f0964f; --s2: #bd93ea; --s3: #6cc283; --s4: #f07fb0; --s5: #c9bd4a; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: clamp(1.25rem, 4vw, 3.5rem); max-width: 110rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
}
h1 { margin: 0; font-size: clamp(1.5rem, 1.1rem + 1.6vw, 2.1rem); line-height: 1.2; font-weight: 650; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 0 0 .5rem; font-size: 1.3rem; line-height: 1.3; font-weight: 650; letter-spacing: -.01em; text-wrap: balance; }
h1, h2, .note, a, figcaption { overflow-wrap: anywhere; }
.facts { margin: .5rem 0 0; color: var(--muted); font-variant-numeric: tabular-nums; }
.muted, .count { color: var(--muted); }
a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
nav ol { margin: 1.75rem 0 0; padding-left: 1.5rem; }
nav li::marker { color: var(--muted); }
nav li .muted { white-space: nowrap; }
main { margin-top: 2rem; }
section + section { margin-top: 3.5rem; }
section { scroll-margin-top: 1rem; }
.note { margin: 0 0 .75rem; max-width: 68ch; white-space: pre-line; }
.broken { margin: 0 0 .75rem; color: var(--warn); font-weight: 600; }
summary { cursor: pointer; }
.sql { margin: 0 0 1rem; }
.sql > summary { width: max-content; max-width: 100%; color: var(--muted); font-size: .875rem; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
pre, .json { font: .8125rem/1.25rem ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.sql pre { margin-top: .5rem; padding: .75rem 1rem; max-width: 110ch; background: var(--head); border-radius: 4px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1.5rem 2.5rem; margin: 1.25rem 0 1.5rem; }
figure { margin: 0; max-width: 30rem; }
figcaption { margin-bottom: .35rem; font-size: .875rem; font-weight: 600; }
figcaption .muted { font-weight: 400; }
.bars, .line { display: grid; column-gap: .5rem; font-size: .75rem; font-variant-numeric: tabular-nums; }
.bars { grid-template-columns: fit-content(45%) minmax(3rem, 1fr) max-content; line-height: 1.5rem; }
.labels { min-width: 0; overflow: hidden; color: var(--muted); }
.labels span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: right; }
.numbers span { display: block; text-align: right; }
.line { grid-template-columns: max-content minmax(0, 1fr); padding-top: .75rem; }
.scale { display: flex; flex-direction: column; justify-content: space-between; margin: -.75rem 0; line-height: 1.5rem; text-align: right; color: var(--muted); }
.ticks { grid-column: 2; margin-top: .5rem; fill: var(--muted); }
.base { grid-column: 2; margin: 0; color: var(--muted); }
svg { display: block; width: 100%; overflow: visible; }
.bar { fill: var(--bar); }
.axis, .grid { stroke: var(--strong); stroke-width: 1; vector-effect: non-scaling-stroke; }
.grid { stroke: var(--rule); }
.bar.s1 { fill: var(--s1); } .bar.s2 { fill: var(--s2); } .bar.s3 { fill: var(--s3); } .bar.s4 { fill: var(--s4); } .bar.s5 { fill: var(--s5); }
.path { fill: none; stroke: var(--accent); stroke-width: 1.75; stroke-linejoin: round; }
.mark { fill: var(--accent); }
.path.s1 { stroke: var(--s1); } .path.s2 { stroke: var(--s2); } .path.s3 { stroke: var(--s3); } .path.s4 { stroke: var(--s4); } .path.s5 { stroke: var(--s5); }
.mark.s1 { fill: var(--s1); } .mark.s2 { fill: var(--s2); } .mark.s3 { fill: var(--s3); } .mark.s4 { fill: var(--s4); } .mark.s5 { fill: var(--s5); }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; margin: 0 0 .35rem; padding: 0; list-style: none; font-size: .75rem; overflow-wrap: anywhere; }
.legend svg { display: inline-block; width: .8em; margin-right: .35em; }
.controls { display: flex; flex-wrap: wrap; align-items: baseline; gap: .35rem 1.25rem; margin: 0 0 .6rem; font-size: .875rem; }
.controls p { margin: 0; font-variant-numeric: tabular-nums; }
.controls input {
  width: 16rem; max-width: 60vw; margin-left: .4rem; padding: .3rem .55rem; font: inherit; color: inherit;
  background: var(--ground); border: 1px solid var(--strong); border-radius: 4px;
}
.scroll { overflow: auto; max-height: 88vh; border: 1px solid var(--rule); border-radius: 4px; width: fit-content; max-width: 100%; }
table { border-collapse: separate; border-spacing: 0; font-size: .875rem; line-height: 1.25rem; }
th, td { padding: .375rem .875rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); background: var(--ground); }
th { position: sticky; top: 0; z-index: 2; background: var(--head); border-bottom-color: var(--strong); font-weight: 600; white-space: nowrap; vertical-align: bottom; box-shadow: 1px 0 var(--head); }
th:first-child, td:first-child { position: sticky; left: 0; z-index: 1; }
th:first-child { z-index: 3; }
tbody:last-of-type tr:last-child td { border-bottom: 0; }
tbody tr:hover td { background: var(--head); }
tfoot td { position: sticky; bottom: 0; z-index: 1; background: var(--head); border-top: 1px solid var(--strong); border-bottom: 0; font-weight: 600; }
tfoot td:first-child { z-index: 2; }
td { white-space: pre; max-width: 34rem; font-variant-numeric: tabular-nums; }
td.long { white-space: pre-wrap; min-width: 18rem; overflow-wrap: anywhere; }
.num { text-align: right; }
td.time i { font-style: normal; color: var(--muted); }
td.null { color: var(--muted); font-style: italic; }
.hidden-char { color: var(--warn); font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .9em; }
td.json { white-space: pre-wrap; min-width: 22rem; overflow-wrap: anywhere; }
td.json summary { white-space: nowrap; }
td.json pre { margin-top: .35rem; }
th button { display: inline-flex; gap: .3em; margin: -.15rem -.3rem; padding: .15rem .3rem; border: 0; border-radius: 3px; background: none; color: inherit; font: inherit; cursor: pointer; }
th button::after { content: "\\2195" / ""; opacity: 0; }
th button:hover::after, th button:focus-visible::after { opacity: .55; }
th.num button { flex-direction: row-reverse; }
th[aria-sort=ascending] button::after { content: "\\2191" / ""; opacity: 1; color: var(--accent); }
th[aria-sort=descending] button::after { content: "\\2193" / ""; opacity: 1; color: var(--accent); }
[hidden] { display: none !important; }
.js .more { display: none; }
.rest { position: sticky; left: 0; margin: 0; padding: .6rem .85rem; width: max-content; font-size: .875rem; color: var(--muted); }
.rest button { margin-left: .6rem; padding: .15rem .5rem; font: inherit; color: var(--accent); background: none; border: 1px solid var(--strong); border-radius: 4px; cursor: pointer; }
@media (max-width: 40rem) {
  th, td { padding: .375rem .625rem; }
  td.wraps, td.long:first-child, th:first-child { max-width: 50vw; overflow-wrap: break-word; white-space: pre-wrap; }
  td.wraps, td.long:first-child { min-width: 9rem; }
  .controls input { width: 11rem; }
}
@media print {
  :root { --ground: #fff; --ink: #000; --muted: #444; --rule: #ccc; --strong: #888; --head: #fff; --accent: #000; --bar: #999; --warn: #000; }
  @page { margin: 14mm 12mm; }
  body { padding: 0; max-width: none; font-size: 9.5pt; }
  h1 { font-size: 17pt; }
  h2 { font-size: 12.5pt; break-after: avoid; }
  a { text-decoration: none; }
  section + section { margin-top: 9mm; }
  .controls label, .rest { display: none; }
  .scroll { overflow: visible; max-height: none; width: auto; border: 0; }
  .js .more { display: table-row-group; }
  table { font-size: 8pt; line-height: 11pt; }
  thead { display: table-header-group; break-inside: avoid; }
  tr, figure { break-inside: avoid; }
  th, th:first-child, td:first-child, tfoot td { position: static; }
  tfoot { display: table-row-group; }
  th, td { padding: 1.2mm 2mm; }
  th { white-space: normal; border-bottom: 1pt solid #000; }
  td { max-width: none; white-space: pre-wrap; }
  td.num, td.time { white-space: nowrap; }
  td.long, td.json { min-width: 65mm; }
  pre, td.json { font-size: 7pt; line-height: 9pt; }
  td.json pre { margin: 0; white-space: normal; }
  td.json summary { white-space: normal; }
  td.json details[open] summary { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  th { box-shadow: none; }
  th button { display: contents; }
  th button::after { content: none !important; }
  .figures { grid-template-columns: repeat(2, 1fr); gap: 5mm 8mm; }
}
`
