// Loaded before a program (node --require): writes the peak of its resident memory, in kB, and its processor time, in ms, to the file in
// PEAK_FILE when it ends.
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  require('node:fs').writeFileSync(process.env.PEAK_FILE, `${maxRSS} ${(userCPUTime + systemCPUTime) / 1000}`)
})
