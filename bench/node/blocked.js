// Six connections for two workers of Node's cluster, of which one is in a busy loop and is killed then. Prints how many were answered.
'use strict';
const cluster = require('cluster');
const net = require('net');

if (cluster.isPrimary) {
    const workers = [cluster.fork(), cluster.fork()];
    let listening = 0;
    cluster.on('listening', (worker, address) => {
        if (++listening < 2) return;
        workers[0].send('loop');
        setTimeout(() => {
            let answered = 0;
            for (let number = 0; number < 6; number++) {
                net.connect(address.port, '127.0.0.1').on('data', () => answered++).on('error', () => { });
            }
            setTimeout(() => {
                const before = answered;
                workers[0].process.kill('SIGKILL');
                setTimeout(() => {
                    console.log(`Node: ${before} of 6 answered while one worker is busy, ${answered} of 6 after it was killed`);
                    process.exit();
                }, 3000);
            }, 1500);
        }, 300);
    });
} else {
    net.createServer(socket => socket.end('x')).listen(0);
    process.on('message', () => setTimeout(() => { while (true); }, 10));
}
