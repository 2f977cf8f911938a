/** Columns that hold the name of a thing, the first that a resource has. */
export const NAME_COLUMNS = ['display_name', 'spec.display_name', 'full_name', 'name']
