// Ctrl+C and a closed terminal reach every process of the terminal. `postback serve` ends Azurite itself, after the last write: until then it
// stays. Node resets a SIGHUP that nohup had ignored, so it is ignored here in any case.
const once = process.once;
process.once = (event, listener) => (event === 'SIGINT' ? process : once.call(process, event, listener));
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
