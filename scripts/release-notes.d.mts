export function notesOf(tag: string, version: string, changelog: string, repository: string): string
