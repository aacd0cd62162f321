import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

/** Everything the server sends on one connection until it ends it, and whether it ended by a reset. */
export function rawExchange(port: number, text: string): Promise<{ received: string; reset: boolean }> {
  return new Promise((resolve) => {
    let received = '';
    let reset = false;
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {
      reset = true;
    });
    socket.on('close', () => resolve({ received, reset }));
  });
}

/** A connection that stays open; `until` resolves when the server has sent something that matches. */
export function rawConnection(port: number) {
  let received = '';
  let check = () => {};
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('data', (chunk) => {
    received += chunk;
    check();
  });
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('error', () => {});
  return {
    write: (text: string) => socket.write(text),
    destroy: () => socket.destroy(),
    ended,
    until: (pattern: RegExp): Promise<string> =>
      new Promise((resolve) => {
        check = () => {
          if (pattern.test(received)) resolve(received);
        };
        check();
      }),
  };
}

/** GETs by node:http over one agent; answers which local port each came from. */
export async function localPorts(url: string, times: number): Promise<unknown[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const ports: unknown[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    ports.push(
      await new Promise((resolve, reject) => {
        const outgoing = request(url, { agent }, (incoming) => {
          const { localPort } = incoming.socket;
          incoming.resume().on('end', () => resolve(localPort));
        });
        outgoing.on('error', reject).end();
      }),
    );
  }
  return ports;
}
