// Ctrl+C reaches every process of a terminal. `postback serve` ends Azurite itself, after the last write: until then it stays.
const once = process.once;
process.once = (event, listener) => (event === 'SIGINT' ? process : once.call(process, event, listener));
process.on('SIGINT', () => {});
