import { createPooledTransport } from 'persona-client/node';

await createPooledTransport().catch((error) => console.log(error.message));
