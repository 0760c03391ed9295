// Rooms on Node's `ws`, as its documentation shows a broadcast: a loop over clients. With PREPARED=1 the
// frame is made once and written to the sockets themselves, which is as fast as `ws` can be made.
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.PEERS}/`);
const { WebSocketServer, Sender } = require('ws');

const prepared = process.env.PREPARED === '1';
const rooms = new Map();

function publish(room, text) {
  const clients = rooms.get(room) ?? [];
  if (!prepared) {
    for (const client of clients) client.send(text);
    return;
  }
  const parts = Sender.frame(Buffer.from(text), { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true });
  const frame = Buffer.concat(parts);
  for (const client of clients) client._socket.write(frame);
}

new WebSocketServer({ port: Number(process.argv[2]), host: '127.0.0.1', perMessageDeflate: false, backlog: 2048 }).on(
  'connection',
  (client) => {
    client.on('message', (message) => {
      const [verb, room, ...text] = message.toString().split(' ');
      if (verb === 'join') {
        rooms.set(room, (rooms.get(room) ?? new Set()).add(client));
        client.send('joined');
      } else publish(room, text.join(' '));
    });
    client.on('close', () => rooms.forEach((clients) => clients.delete(client)));
    client.on('error', () => client.terminate());
  },
);
