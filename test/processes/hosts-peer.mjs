// One end of a connection between two hosts: says what it hears, and how the connection ends. See hosts.test.ts.
import { createConnection, createServer } from 'node:net';

const [role, host] = process.argv.slice(2);
const port = 5555;

function talk(socket) {
  socket.setNoDelay(true);
  console.log('connected');
  let n = 0;
  setInterval(() => socket.write(`${++n}\n`), 10);
  let rest = '';
  socket.on('data', (bytes) => {
    const lines = (rest + bytes).split('\n');
    rest = lines.pop();
    for (const line of lines) console.log(line);
  });
  socket.on('error', () => undefined);
  socket.on('close', () => console.log('ended'));
}

if (role === 'listen') createServer(talk).listen(port, host, () => console.log('listening'));
else {
  const socket = createConnection({ host, port }, () => talk(socket));
  console.log('calling');
  socket.on('error', () => console.log('failed'));
}
