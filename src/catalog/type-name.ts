import type { ColumnType, Shape } from './types.ts'

/** The type of a shape as people name it: that of a text which is a day is `date`. */
export const typeName = ({ type, isDate }: Pick<Shape, 'type' | 'isDate'>): ColumnType | 'date' =>
  isDate ? 'date' : type
