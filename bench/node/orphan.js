// Prints the process id of a worker of Node's cluster that is in a busy loop, and kills the primary.
'use strict';
const cluster = require('cluster');

if (cluster.isPrimary) {
    const worker = cluster.fork();
    worker.on('message', () => {
        console.log(worker.process.pid);
        setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300);
    });
} else {
    process.send('started');
    setTimeout(() => { while (true); }, 100);
}
