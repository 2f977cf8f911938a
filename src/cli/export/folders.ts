/** What stands for NULL in the name of a partition's folder. */
const NULL_NAME = '__HIVE_DEFAULT_PARTITION__'

/** What Hive and Spark escape in the names of folders, and what Windows does not allow. */
const ESCAPED = /[\x00-\x1f\x7f"#%'*/:<=>?[\\\]^{|}]|[. ]$/g

/** The folder of a partition: `column=value`, as Hive writes it. Readers decode the value. */
export function folderName(column: string, value: string | undefined): string {
  if (value === undefined) return `${escaped(column)}=${NULL_NAME}`
  // readers take both for NULL
  const isSpecial = value === NULL_NAME || value.toUpperCase() === 'NULL'
  return `${escaped(column)}=${isSpecial ? code(value[0]!) + value.slice(1) : escaped(value)}`
}

const escaped = (text: string): string => text.replace(ESCAPED, code)

function code(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
