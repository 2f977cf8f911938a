import { fstatSync, statSync } from 'node:fs'

/** Whether a file descriptor is a terminal. node:tty, which takes milliseconds to load, is asked only about other devices than /dev/null. */
export function isTerminal(fd: number): boolean {
  const file = fstatSync(fd)
  if (!file.isCharacterDevice() || file.rdev === statSync('/dev/null', { throwIfNoEntry: false })?.rdev)
    return false
  return process.getBuiltinModule('node:tty').isatty(fd)
}
