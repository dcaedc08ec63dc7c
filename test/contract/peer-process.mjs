/** A peer of a client in a process of its own, that it can be stopped and continued: a server, or a broker with one. */
import { serve, start } from '../../dist/patterns/index.js';

const { patternUrl, variant, bind, connect } = JSON.parse(process.argv[2]);
const pattern = Object.values(await import(patternUrl)).find((value) => value?.variants !== undefined);
// The channel closes when the test is gone, however it went.
process.on('disconnect', () => process.exit());
if (connect !== undefined) await start(pattern, 'broker', { variant, bind });
await serve(pattern, { variant, ...(connect === undefined ? { bind } : { connect }) }, (request) => request);
process.send('ready');
