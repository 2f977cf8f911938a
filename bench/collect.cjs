// Loaded before a program (node --expose-gc --require): SIGUSR2 collects its garbage, so that its memory is what it keeps.
process.on('SIGUSR2', () => {
  globalThis.gc()
  globalThis.gc()
})
