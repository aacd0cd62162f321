// Needs tsx, the checkout and Chromium. A user opens the edit form of the example web app, changes the city and saves.
// Fields that a form cannot represent are written back changed: "first line\nsecond line" becomes "first linesecond line", because
// browsers drop line breaks of <input>. "  Padded  " loses its spaces, and ["", "music", " padded ", "a\nb"] becomes
// ["music", "padded", "a", "b"]. The application promises to write only fields that the user changed.
// Compare the submitted value with the value that this form would submit for the stored one. Show texts with line breaks in a textarea.
import { checkEqual, finish, launchBrowser, setTimeLimitSeconds } from '../lib.mjs';
import { startWebApp } from './_web-app.mjs';

setTimeLimitSeconds(58);
const { base, client, logIn } = await startWebApp();
const chromium = await launchBrowser();
try {
  const page = await chromium.newPage();
  await logIn(page);
  for (const [scenario, category, fields, name = 'Somebody'] of [
    ['(control) plain values', 'psychographic', { lifestyle: 'calm', interests: ['music', 'art'] }],
    ['a text with a line break', 'psychographic', { lifestyle: 'first line\nsecond line' }],
    ['a text with surrounding spaces', 'psychographic', { personality: '  shy ' }],
    ['a name with surrounding spaces', 'psychographic', { lifestyle: 'calm' }, '  Padded  '],
    ['a list with an empty entry', 'psychographic', { interests: ['', 'music'] }],
    ['a list with spaces around an entry', 'psychographic', { interests: ['music', ' art '] }],
    ['a list with a line break in its last entry', 'psychographic', { interests: ['music', 'a\n'] }],
    ['a text with a carriage return', 'contextual', { weather: 'sun\r\nrain' }],
    ['a map with a trailing space in its last value', 'behavioral', { device_usage: { phone: 'daily ' } }],
  ]) {
    const { id } = await client.personas.create({ name, [category]: fields });
    const before = await client.personas.get(id);
    await page.goto(`${base}/personas/${id}/edit`);
    await page.fill('[name="demographic.city"]', 'Paris');
    await page.click('.persona-form button[type=submit]');
    await page.waitForURL(/saved/).catch(() => {});
    const after = await client.personas.get(id);
    const pickValues = (persona) => [
      persona.name,
      Object.fromEntries(Object.keys(fields).map((key) => [key, persona[category]?.[key]])),
    ];
    checkEqual(
      `${scenario} is unchanged, the city is new`,
      [after.demographic?.city, ...pickValues(after)],
      ['Paris', ...pickValues(before)],
    );
  }
} finally {
  await chromium.close();
}
finish();
