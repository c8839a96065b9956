// Somebody's server that gets webhooks: what came, and what it answers.
import { createServer } from 'node:http';

/** @param {number} [status] what it answers at first */
export async function startReceiver(status = 200) {
  const receiver = { status, events: /** @type {any[]} */ ([]), url: '', end: () => {} };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    receiver.events.push({ status: receiver.status, ...JSON.parse(body) });
    response
      .writeHead(receiver.status, { 'Content-Type': 'text/plain' })
      .end(receiver.status < 300 ? 'thanks' : 'not now');
  });
  await new Promise((/** @type {(value?: any) => void} */ listening) => server.listen(0, '127.0.0.1', listening));
  receiver.url = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}/hook`;
  receiver.end = () => {
    server.close();
    server.closeAllConnections();
  };
  return receiver;
}
