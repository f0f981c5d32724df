// Node's cluster: one-way throughput. Usage: node throughput.js to-workers|to-master MESSAGES WORKERS
// Prints seconds from the first send until the last message has been received.
const cluster = require('cluster');

const [direction, total, workers] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const share = total / workers;
const body = (id) => ({ id, name: `item ${id}`, value: id * 1.5, tags: ['a', 'b', 'c'], ok: true });

if (cluster.isPrimary) {
  const all = Array.from({ length: workers }, () => cluster.fork());
  let ready = 0, received = 0, done = 0, start;
  cluster.on('message', (worker, message) => {
    if (message === 'ready') {
      if (++ready < workers) return;
      start = process.hrtime.bigint();
      if (direction === 'to-master') all.forEach((w) => w.send('go'));
      else for (let i = 0; i < share; i++) for (const w of all) w.send(body(i));
    } else if (message === 'done') {
      if (++done === workers) finish();
    } else if (++received === total) {
      finish();
    }
  });
  const finish = () => {
    console.log(Number(process.hrtime.bigint() - start) / 1e9);
    process.exit(0);
  };
} else if (direction === 'to-master') {
  process.on('message', () => { for (let i = 0; i < share; i++) process.send(body(i)); });
  process.send('ready');
} else {
  let received = 0;
  process.on('message', () => { if (++received === share) process.send('done'); });
  process.send('ready');
}
