import { PersonaClient, type PersonaCreate } from 'persona-client';
import type { PersonaService } from 'persona-client/testing';

type Row = readonly [
  name: string,
  age: number,
  gender: string,
  occupation: string,
  place: readonly [city: string, country: string, language: string, latitude: number, longitude: number],
  interests: string,
  personality: string,
  device: 'desktop' | 'laptop' | 'tablet' | 'mobile',
];

/** Fictional personas, in addition to the five examples of the local service. */
const ROWS: readonly Row[] = [
  ['Lucía Fernández', 31, 'female', 'Nurse', ['Madrid', 'ES', 'es-ES', 40.4168, -3.7038], 'cycling, theatre, cooking', 'Calm in a storm', 'mobile'],
  ['Björn Lindqvist', 52, 'male', 'Carpenter', ['Umeå', 'SE', 'sv-SE', 63.8258, 20.263], 'hiking, fishing, choir', 'Says little, means it', 'tablet'],
  ['Fatima Zahra Idrissi', 38, 'female', 'Lawyer', ['Rabat', 'MA', 'ar-MA', 34.0209, -6.8416], 'chess, travel, poetry', 'Sharp and generous', 'laptop'],
  ['Tomasz Wójcik', 41, 'male', 'Train driver', ['Łódź', 'PL', 'pl-PL', 51.7592, 19.456], 'football, gardening, local history', 'Punctual, amused', 'mobile'],
  ['Aiko Morimoto', 26, 'female', 'Illustrator', ['Sapporo', 'JP', 'ja-JP', 43.0618, 141.3545], 'ceramics, travel, photography', 'Dreamy and exact', 'tablet'],
  ['Kwame Mensah', 47, 'male', 'Agronomist', ['Kumasi', 'GH', 'en-GH', 6.6885, -1.6244], 'gardening, chess, football', 'Patient teacher', 'laptop'],
  ['Chloé Marchand', 19, 'female', 'Student', ['Lyon', 'FR', 'fr-FR', 45.764, 4.8357], 'music, indie games, cooking', 'Fast and funny', 'mobile'],
  ['Daniel Okonkwo', 58, 'male', 'Surgeon', ['Houston', 'US', 'en-US', 29.7604, -95.3698], 'jazz records, cycling, cooking', 'Steady', 'desktop'],
  ['Noor van Dijk', 34, 'non-binary', 'Data engineer', ['Utrecht', 'NL', 'nl-NL', 52.0907, 5.1214], 'technology, cycling, baking', 'Curious, kind, stubborn', 'laptop'],
  ['Sofia Papadaki', 63, 'female', 'Baker', ['Heraklion', 'GR', 'el-GR', 35.3387, 25.1442], 'baking, local history, choir', 'Everybody’s aunt', 'mobile'],
  ['Rahul Deshpande', 29, 'male', 'Software tester', ['Pune', 'IN', 'mr-IN', 18.5204, 73.8567], 'technology, hiking, astronomy', 'Asks the second question', 'laptop'],
  ['Grace Wanjiru', 36, 'female', 'Marine biologist', ['Mombasa', 'KE', 'sw-KE', -4.0435, 39.6682], 'diving, photography, travel', 'Cheerful before dawn', 'tablet'],
  ['Lars Pedersen', 71, 'male', 'Retired sailor', ['Aarhus', 'DK', 'da-DK', 56.1629, 10.2039], 'choir, fishing, local history', 'Tells it slowly', 'desktop'],
  ['Mei-Ling Chen', 44, 'female', 'Architect', ['Taipei', 'TW', 'zh-TW', 25.033, 121.5654], 'architecture, hiking, tea', 'Precise and warm', 'desktop'],
  ['Gabriel Souza', 33, 'male', 'Chef', ['Recife', 'BR', 'pt-BR', -8.0476, -34.877], 'cooking, football, music', 'Loud kitchen, quiet home', 'mobile'],
  ['Elif Yıldız', 24, 'female', 'Game designer', ['İzmir', 'TR', 'tr-TR', 38.4237, 27.1428], 'indie games, music, technology', 'All ideas, some sleep', 'desktop'],
  ['Owen Prydderch', 55, 'male', 'Shepherd', ['Bala', 'GB', 'cy-GB', 52.9115, -3.5985], 'hiking, choir, poetry', 'Weatherproof', 'mobile'],
  ['Hannah Goldberg', 48, 'female', 'Librarian', ['Montréal', 'CA', 'fr-CA', 45.5019, -73.5674], 'local history, chess, baking', 'Knows where it is', 'laptop'],
  ['Tane Parata', 39, 'male', 'Park ranger', ['Rotorua', 'NZ', 'mi-NZ', -38.1368, 176.2497], 'hiking, photography, astronomy', 'Notices everything', 'tablet'],
]; // biome-ignore format: keeps the columns of the table

const toDraft = ([
  name,
  age,
  gender,
  occupation,
  place,
  interests,
  personality,
  device,
]: Row): PersonaCreate => {
  const [city, country, language, latitude, longitude] = place;
  return {
    name,
    demographic: { age, gender, occupation, city, country, language, latitude, longitude },
    psychographic: { interests: interests.split(', '), personality },
    contextual: { device_type: device },
  };
};

/** Adds the sample personas to a local service, without a socket. */
export async function populate(
  { fetch }: PersonaService,
  auth?: { readonly username: string; readonly password: string },
): Promise<void> {
  using client = new PersonaClient({ fetch, ...(auth && { auth }) });
  for (const row of ROWS) await client.personas.create(toDraft(row));
}
