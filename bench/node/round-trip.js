// Node's cluster: round trips, one at a time. Usage: node round-trip.js COUNT [BYTES] [busy]
// Prints the median in microseconds. With BYTES the message is a Buffer of that size, with busy every processor has an
// endless loop to run as well.
const cluster = require('cluster');

const [count, bytes] = [Number(process.argv[2]), Number(process.argv[3] ?? 0)];

if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization: bytes ? 'advanced' : 'json' });
  const worker = cluster.fork();
  const message = bytes ? Buffer.alloc(bytes, 7) : { id: 1, name: 'item 1', value: 1.5, tags: ['a', 'b', 'c'], ok: true };
  const times = [];
  const loops = process.argv[4] === 'busy'
    ? require('os').cpus().map(() => require('child_process').spawn(process.execPath, ['-e', 'for (;;);']))
    : [];
  process.on('exit', () => loops.forEach((loop) => loop.kill('SIGKILL')));
  const warmUp = Math.ceil(count / 5);
  let sent;
  const send = () => { sent = process.hrtime.bigint(); worker.send(message); };
  worker.on('message', () => {
    if (!sent && loops.length) return setTimeout(send, 2000);
    if (sent) times.push(Number(process.hrtime.bigint() - sent) / 1e3);
    if (times.length < count + warmUp) return send();
    const measured = times.slice(warmUp).sort((a, b) => a - b);
    console.log(measured[Math.floor(measured.length / 2)]);
    process.exit(0);
  });
} else {
  process.on('message', (message) => process.send(message));
  process.send('ready');
}
