import { PersonaClient } from 'persona-client';
import { createApp } from './app.js';

const server = createApp(PersonaClient.fromEnv()).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
  () => {
    const address = server.address();
    if (typeof address === 'object') console.log(`http://127.0.0.1:${address?.port}/personas`);
  },
);
