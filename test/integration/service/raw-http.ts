import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

/** Sends raw text, and returns everything that the server sends until the connection ends, and whether it was reset. */
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

/** Opens a raw connection. `waitFor` resolves when the data from the server matches a pattern. */
export function rawConnection(port: number) {
  let received = '';
  let check = () => {};
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('data', (chunk) => {
    received += chunk;
    check();
  });
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('error', () => {});
  return {
    write: (text: string) => socket.write(text),
    destroy: () => socket.destroy(),
    ended: closed,
    waitFor: (pattern: RegExp): Promise<string> =>
      new Promise((resolve) => {
        check = () => {
          if (pattern.test(received)) resolve(received);
        };
        check();
      }),
  };
}

/** Sends GET requests over one keep-alive agent, and returns the local port of each. */
export async function localPorts(url: string, times: number): Promise<unknown[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const ports: unknown[] = [];
  for (let count = 0; count < times; count += 1) {
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
