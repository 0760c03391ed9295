// Rooms on Socket.IO, over its WebSocket transport alone.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';

const require = createRequire(`${process.env.PEERS}/`);
const { Server } = require('socket.io');

const http = createServer();
const io = new Server(http, {
  transports: ['websocket'],
  perMessageDeflate: false,
  pingInterval: 600_000,
  serveClient: false,
});
io.on('connection', (client) => {
  client.on('join', (room) => {
    client.join(room);
    client.emit('joined');
  });
  client.on('pub', (room, text) => io.to(room).emit('m', text));
});
http.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 2048 });
