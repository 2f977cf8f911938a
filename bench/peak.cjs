// Loaded before a program (node --require): writes the peak of its resident memory, in kB, to the file in PEAK_FILE when it ends.
process.on('exit', () =>
  require('node:fs').writeFileSync(process.env.PEAK_FILE, String(process.resourceUsage().maxRSS)),
)
