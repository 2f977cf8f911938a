import { sorted } from './format.ts'
import {
  isObject,
  nodeOf,
  type Combined,
  type Document,
  type Members,
  type Node,
  type Plain,
} from './json-schema-nodes.ts'
import { limitsBetween } from './json-schema-limits.ts'

/** What Schema Registry reports when documents that the writer's schema accepts may not be accepted by the reader's. */
export function conflictsOf(reader: Document, writer: Document): readonly string[] {
  return new Comparison().compare(nodeOf(writer.root, writer), nodeOf(reader.root, reader), '#')
}

type Conflicts = readonly string[]

class Comparison {
  /** Pairs of schemas that are being compared, for schemas that refer to themselves. */
  private readonly open = new Set<string>()

  compare(before: Node, now: Node, at: string): Conflicts {
    const key = sorted([before, now].map(node => ({ ...node, document: null })))
    if (this.open.has(key)) return []
    this.open.add(key)
    try {
      return this.ofNodes(before, now, at)
    } finally {
      this.open.delete(key)
    }
  }

  private ofNodes(before: Node, now: Node, at: string): Conflicts {
    if (before.kind === 'combined' && now.kind === 'combined') return this.ofCombined(before, now, at)
    if (now.kind === 'combined') {
      const isChoice = now.schemas.length === 1 || now.by !== 'allOf'
      if (isChoice && nodesIn(now).some(one => this.compare(before, one, at).length === 0)) return []
    } else if (before.kind === 'combined') {
      const isProduct = before.schemas.length === 1 || before.by === 'allOf'
      if (isProduct && nodesIn(before).some(one => this.compare(one, now, at).length === 0)) return []
    }
    if (isPlain(before, 'nothing') || isPlain(now, 'empty')) return []
    if (before.kind === 'combined' || now.kind === 'combined' || before.name !== now.name)
      return [`TYPE_CHANGED at ${at}`]
    return this.ofKind(before, now, at)
  }

  private ofKind(before: Plain, now: Plain, at: string): Conflicts {
    switch (now.name) {
      case 'enum': {
        const [old, values] = [valuesIn(before.schema), valuesIn(now.schema)]
        if ([...old].every(value => values.has(value))) return []
        const isPart = [...values].every(value => old.has(value))
        return [`${isPart ? 'ENUM_ARRAY_NARROWED' : 'ENUM_ARRAY_CHANGED'} at ${at}/enum`]
      }
      case 'const':
        return sorted(before.schema.const) === sorted(now.schema.const)
          ? []
          : [`ENUM_ARRAY_CHANGED at ${at}/const`]
      case 'not':
        return this.between(now, before, 'not', at).length === 0 ? [] : [`NOT_TYPE_EXTENDED at ${at}/not`]
      case 'object':
        return [...this.ofObjects(before, now, at), ...limitsBetween(before.schema, now.schema, at)]
      case 'array':
        return [...this.ofArrays(before, now, at), ...limitsBetween(before.schema, now.schema, at)]
      default:
        return limitsBetween(before.schema, now.schema, at)
    }
  }

  /** Of the schemas that are the values of a keyword, both of which may be absent. */
  private between(before: Plain, now: Plain, keyword: string, at: string): Conflicts {
    const [old, value] = [before.schema[keyword], now.schema[keyword]]
    if (value === undefined) return []
    if (old === undefined) return [`SCHEMA_ADDED at ${at}/${keyword}`]
    return this.compare(nodeOf(old, before.document), nodeOf(value, now.document), `${at}/${keyword}`)
  }

  private ofCombined(before: Combined, now: Combined, at: string): Conflicts {
    const [old, nodes] = [distinct(before), distinct(now)]
    const isWider =
      before.by === now.by
      || now.by === 'anyOf'
      || (old.length === 1 && (nodes.length === 1 || now.by === 'oneOf'))
      || (nodes.length === 1 && before.by === 'allOf')
    if (!isWider) return [`COMBINED_TYPE_CHANGED at ${at}`]
    const found: string[] = []
    if (old.length < nodes.length && now.by === 'allOf') found.push(`PRODUCT_TYPE_EXTENDED at ${at}`)
    if (old.length > nodes.length && before.by !== 'allOf') found.push(`SUM_TYPE_NARROWED at ${at}`)
    const fitting = old.map((one, index) =>
      nodes.flatMap((other, i) =>
        this.compare(one, other, `${at}/${before.by}/${index}`).length === 0 ? [i] : [],
      ),
    )
    if (pairs(fitting) < Math.min(old.length, nodes.length))
      found.push(`COMBINED_TYPE_SUBSCHEMAS_CHANGED at ${at}`)
    return found
  }

  private ofObjects(before: Plain, now: Plain, at: string): Conflicts {
    const [old, properties] = [propertiesIn(before), propertiesIn(now)]
    const names = [...new Set([...Object.keys(old), ...Object.keys(properties)])]
    return [
      ...names.flatMap(name => {
        const place = `${at}/properties/${name}`
        if (!Object.hasOwn(properties, name))
          return this.removed(nodeOf(old[name], before.document), now, name, place)
        const node = nodeOf(properties[name], now.document)
        if (!Object.hasOwn(old, name)) return this.added(before, now, node, name, place)
        const required = isRequired(now, name) && !isRequired(before, name) && !hasDefault(properties[name])
        return [
          ...(required ? [`REQUIRED_ATTRIBUTE_ADDED at ${at}/required/${name}`] : []),
          ...this.compare(nodeOf(old[name], before.document), node, place),
        ]
      }),
      ...this.ofRest(before, now, 'additionalProperties', 'ADDITIONAL_PROPERTIES', at),
      ...this.ofRest(before, now, 'unevaluatedProperties', 'UNEVALUATED_PROPERTIES', at),
    ]
  }

  private removed(before: Node, now: Plain, name: string, at: string): Conflicts {
    if (isOpen(now)) return []
    const covering = coverOf(now, name)
    if (covering !== undefined)
      return this.compare(before, covering, at).length === 0
        ? []
        : [`PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL at ${at}`]
    return isPlain(before, 'nothing') ? [] : [`PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL at ${at}`]
  }

  private added(before: Plain, now: Plain, node: Node, name: string, at: string): Conflicts {
    const required = isRequired(now, name)
    const isGiven = hasDefault(propertiesIn(now)[name])
    if (isOpen(before)) {
      if (isPlain(node, 'empty')) return []
      const kind = !required
        ? 'OPTIONAL_PROPERTY'
        : isGiven
          ? 'REQUIRED_PROPERTY_WITH_DEFAULT'
          : 'REQUIRED_PROPERTY'
      return [`${kind}_ADDED_TO_OPEN_CONTENT_MODEL at ${at}`]
    }
    const covering = coverOf(before, name)
    const isCovered = covering === undefined || this.compare(covering, node, at).length === 0
    return [
      ...(isCovered ? [] : [`PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL at ${at}`]),
      ...(required && !isGiven ? [`REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL at ${at}`] : []),
    ]
  }

  /** Of the keyword for what is not listed: false, a schema, or all. */
  private ofRest(before: Plain, now: Plain, keyword: string, name: string, at: string): Conflicts {
    const [old, value] = [before.schema[keyword] ?? true, now.schema[keyword] ?? true]
    const place = `${at}/${keyword}`
    if (value === true || old === false) return []
    if (value === false) return [`${name}_REMOVED at ${place}`]
    return old === true ? [`${name}_NARROWED at ${place}`] : this.between(before, now, keyword, at)
  }

  private ofArrays(before: Plain, now: Plain, at: string): Conflicts {
    const [old, tuple] = [tupleIn(before), tupleIn(now)]
    return [
      ...(old.length + tuple.length === 0 ? this.between(before, now, 'items', at) : []),
      ...old
        .slice(0, tuple.length)
        .flatMap((one, i) => this.compare(one, tuple[i] ?? one, `${at}/items/${i}`)),
      ...old
        .slice(tuple.length)
        .flatMap((one, i) => this.itemMoved(now, one, undefined, `${at}/items/${tuple.length + i}`)),
      ...tuple
        .slice(old.length)
        .flatMap((one, i) => this.itemMoved(before, undefined, one, `${at}/items/${old.length + i}`)),
      ...this.ofRest(before, now, 'additionalItems', 'ADDITIONAL_ITEMS', at),
      ...this.ofRest(before, now, 'unevaluatedItems', 'UNEVALUATED_ITEMS', at),
    ]
  }

  /** Of an item at a place that only one of the schemas lists; `other` is the one that does not. */
  private itemMoved(other: Plain, before: Node | undefined, now: Node | undefined, at: string): Conflicts {
    const rest = restOfItems(other)
    const change = now === undefined ? 'ITEM_REMOVED' : 'ITEM_ADDED'
    if (rest === true)
      return now === undefined || isPlain(now, 'empty') ? [] : [`ITEM_ADDED_TO_OPEN_CONTENT_MODEL at ${at}`]
    if (rest === false)
      return before === undefined || isPlain(before, 'nothing')
        ? []
        : [`ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL at ${at}`]
    const cover = nodeOf(rest, other.document)
    return this.compare(before ?? cover, now ?? cover, at).length === 0
      ? []
      : [`${change}_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL at ${at}`]
  }
}

const isPlain = (node: Node, name: string): boolean => node.kind === 'plain' && node.name === name

const nodesIn = ({ schemas, document }: Combined): readonly Node[] =>
  schemas.map(one => nodeOf(one, document))

/** Those that are written differently. */
const distinct = ({ schemas, document }: Combined): readonly Node[] =>
  [...new Map(schemas.map(one => [sorted(one), one])).values()].map(one => nodeOf(one, document))

const valuesIn = ({ enum: values }: Members): ReadonlySet<string> => new Set([values].flat().map(sorted))

const propertiesIn = ({ schema }: Plain): Members => (isObject(schema.properties) ? schema.properties : {})

const isRequired = ({ schema }: Plain, name: string): boolean =>
  Array.isArray(schema.required) && schema.required.includes(name)

const hasDefault = (schema: unknown): boolean => isObject(schema) && Object.hasOwn(schema, 'default')

/** Whether any other property is allowed. */
function isOpen({ schema }: Plain): boolean {
  const { additionalProperties = true, unevaluatedProperties = true, patternProperties } = schema
  const hasPatterns = isObject(patternProperties) && Object.keys(patternProperties).length > 0
  return additionalProperties === true && unevaluatedProperties === true && !hasPatterns
}

/** What the schema says of a property that it does not list, if it allows some. */
function coverOf({ schema, document }: Plain, name: string): Node | undefined {
  const { additionalProperties: rest, unevaluatedProperties, patternProperties = {} } = schema
  const pattern = Object.entries(patternProperties as Members).find(([text]) =>
    new RegExp(text, 'u').test(name),
  )
  if (pattern !== undefined) return nodeOf(pattern[1], document)
  const cover = isObject(rest) || rest === false ? rest : unevaluatedProperties
  return isObject(cover) ? nodeOf(cover, document) : undefined
}

function tupleIn({ schema: { prefixItems, items }, document }: Plain): readonly Node[] {
  const list = prefixItems ?? items
  return Array.isArray(list) ? list.map(one => nodeOf(one as unknown, document)) : []
}

function restOfItems({ schema: { prefixItems, items, additionalItems, unevaluatedItems } }: Plain): unknown {
  return (prefixItems === undefined ? additionalItems : items) ?? unevaluatedItems ?? true
}

/** The most pairs in which each has a partner of its own. */
function pairs(fitting: readonly (readonly number[])[]): number {
  const taken = new Map<number, number>()
  const place = (one: number, tried: Set<number>): boolean =>
    (fitting[one] ?? []).some(other => {
      if (tried.has(other)) return false
      tried.add(other)
      const holder = taken.get(other)
      if (holder !== undefined && !place(holder, tried)) return false
      taken.set(other, one)
      return true
    })
  return fitting.filter((_, one) => place(one, new Set())).length
}
