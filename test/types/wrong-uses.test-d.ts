import type { OpenAttributes, PersonaClient, PersonaPage } from 'persona-client';
import { createMany, updateMany } from 'persona-client/collections';
import { it } from 'vitest';

declare const client: PersonaClient;
declare const open: PersonaClient<OpenAttributes>;
declare const page: PersonaPage;

it('rejects ids that are not numbers', () => {
  // @ts-expect-error an id is a number
  void client.personas.get('1');
  // @ts-expect-error an id is a number
  void client.personas.delete('1');
  // @ts-expect-error an id is a number
  void client.demographic.get('1');
  // @ts-expect-error an id is required
  void client.personas.get();
  // @ts-expect-error the id comes before the data
  void client.personas.update({ name: 'x' });
});

it('rejects personas without a name or with unknown columns', () => {
  // @ts-expect-error a name is required
  void client.personas.create({});
  // @ts-expect-error a name is a string
  void client.personas.create({ name: 5 });
  // @ts-expect-error no such field of a persona
  void client.personas.create({ name: 'x', demographics: {} });
  // @ts-expect-error no such column of demographic
  void client.demographic.update(1, { shoe_size: 44 });
  // @ts-expect-error no such column of demographic
  void client.personas.create({ name: 'x', demographic: { shoe_size: 44 } });
  // @ts-expect-error an age is a number
  void client.demographic.update(1, { age: '42' });
  // @ts-expect-error one string, "latitude,longitude"
  void client.demographic.update(1, { geolocation: [1, 2] });
});

it('rejects misspelled fields and options of every category, in reads and writes', async () => {
  // @ts-expect-error misspelled `interests`
  void client.psychographic.update(1, { interest: ['music'] });
  // @ts-expect-error misspelled `device_usage`
  void client.behavioral.update(1, { device_useage: {} });
  // @ts-expect-error misspelled `season`
  void client.contextual.update(1, { saison: 'fall' });
  // @ts-expect-error misspelled `summer`
  void client.contextual.update(1, { season: 'sumer' });
  // @ts-expect-error misspelled `lifestyle`
  void client.personas.create({ name: 'x', psychographic: { lifestile: 'calm' } });
  // @ts-expect-error misspelled `lifestyle`, next to a correct field
  void client.personas.update(1, { psychographic: { interests: [], lifestile: 'calm' } });
  // @ts-expect-error misspelled `weather`
  createMany(client, [{ name: 'x', contextual: { wether: 'wet' } }]);
  // @ts-expect-error misspelled `weather`
  updateMany(client, [{ id: 1, data: { contextual: { wether: 'wet' } } }]);
  // @ts-expect-error misspelled `interests`
  void (await client.psychographic.get(1)).interest;
  // @ts-expect-error misspelled `weather`
  void (await client.personas.get(1)).contextual?.wether;
  // @ts-expect-error misspelled `browsing_habits`
  void (await client.withMeta.behavioral.get(1)).data.browsing_habit;
  // @ts-expect-error misspelled `summer`
  void ((await client.contextual.get(1)).season === 'sumer');
});

it('rejects attributes that are not JSON, and default fields of the wrong type', () => {
  // @ts-expect-error a list of strings
  void client.psychographic.update(1, { interests: 'music' });
  // @ts-expect-error a list of strings
  void client.psychographic.update(1, { interests: [1] });
  // @ts-expect-error an object of strings
  void client.behavioral.update(1, { device_usage: { phone: 5 } });
  // @ts-expect-error a function is not JSON
  void open.psychographic.update(1, { own: () => 1 });
  // @ts-expect-error a Date is not JSON
  void open.contextual.update(1, { own: new Date() });
});

it('rejects list parameters that are not an object of known options', () => {
  // @ts-expect-error a query, not a number
  void client.personas.list(1);
  // @ts-expect-error options are camelCase
  void client.personas.list({ per_page: 5 });
  // @ts-expect-error a number
  void client.personas.iterate({ perPage: '5' });
  // @ts-expect-error items are read-only
  page.total = 5;
});
