import { createHash } from 'node:crypto'
import type { DocumentInfo } from '../types.ts'
import { SCRIPT } from './script.ts'
import { STYLE } from './style.ts'
import { attribute, content } from './text.ts'

/** One result: its text and its entry in the table of contents. */
export interface Section {
  readonly id: string
  readonly title: string
  /** The title comes from the statement; otherwise it is generated. */
  readonly isTitled: boolean
  readonly count: string
  /** The text from the heading to the first row. */
  readonly head: string
  /** The range of its rows in the kept texts. */
  readonly from: number
  readonly to: number
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Content security policy: nothing is loaded, and only our own script and style run. */
const POLICY = `default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'`

/** Everything before the first result. A page with one result has no table of contents. */
export function pageHead(sections: readonly Section[], document: DocumentInfo | undefined): string {
  const [only] = sections.length === 1 ? sections : []
  const title = document?.title ?? (only?.isTitled ? only.title : 'Query results')
  const isHeading = only !== undefined && !hasHeading(only, true, document)
  const facts = [
    document
      && `<time datetime="${document.at.toISOString()}">${document.at.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>`,
    document?.profile && content(document.profile),
    sections.length > 1 && `${sections.length} results`,
  ].filter(Boolean)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="confluentql">
<title>${attribute(title)}</title>
<style>${STYLE}</style>
<script>${SCRIPT}</script>
</head>
<body>
<header>
<h1${isHeading ? ` id="${only.id}-title"` : ''}>${content(title)}</h1>
${facts.length === 0 ? '' : `<p class="facts">${facts.join(' · ')}</p>\n`}</header>
${sections.length > 1 ? contents(sections) : ''}<main>
${sections.length === 0 ? '<p>No results: no statement has rows, or all results went to other files or commands.</p>\n' : ''}`
}

function contents(sections: readonly Section[]): string {
  const items = sections.map(
    ({ id, title, count }) =>
      `<li><a href="#${id}">${content(title)}</a> <span class="muted">${count}</span></li>`,
  )
  return `<nav aria-label="Contents"><ol>\n${items.join('\n')}\n</ol></nav>\n`
}

/** The text of a result before its rows. */
export function sectionStart(section: Section, isOnly: boolean, document: DocumentInfo | undefined): string {
  const heading = hasHeading(section, isOnly, document)
    ? `<h2 id="${section.id}-title">${content(section.title)}</h2>\n`
    : ''
  return `<section id="${section.id}">\n${heading}${section.head}`
}

/** A single result has no heading of its own, unless it and the page have different titles. */
function hasHeading(section: Section, isOnly: boolean, document: DocumentInfo | undefined): boolean {
  return !isOnly || (section.isTitled && document?.title !== undefined && document.title !== section.title)
}

/** The text of a result after its rows. */
export function sectionEnd(): string {
  return '</table>\n</div>\n</section>\n'
}

/** Everything after the last result. */
export function pageEnd(): string {
  return '</main>\n</body>\n</html>\n'
}
