import { describe, expect, it } from 'vitest';
import { createProgress } from '../../../src/core/call-progress.js';
import { createSanitizer } from '../../../src/pipeline/sanitize-message.js';

it('repeats two numbers of a message that the request does not contain, and no third one', () => {
  const { sanitize } = createSanitizer({ body: '{"age":7}', progress: createProgress() });
  expect(sanitize('age must be between 18 and 99, not 1234')).toBe('age must be between 18 and 99, not …');
  expect(sanitize('age 7 must be between 18 and 99')).toBe('age … must be between 18 and 99');
});

describe('a sentence that lists options', () => {
  const fieldConfig = {
    contextual: {
      fields: [
        { name: 'mood', type: 'string', options: ['calm', 'very busy', 'TOKEN-1', 'Rome', 'a\u202eb'] },
        { name: 'Ada', type: 'string', options: ['loud'] },
      ],
    },
  };
  const call = (body?: object) => ({
    body: JSON.stringify(body),
    progress: { ...createProgress(), headers: { authorization: 'Bearer TOKEN-1', 'x-api-key': '4711' } },
  });
  const { sanitize } = createSanitizer(
    call({ name: 'Ada', contextual: { mood: 'Rome', x: 'y' } }),
    fieldConfig,
  );

  it.each([
    ['mood', 'calm, very busy', 'mood', 'calm, very busy'],
    ['mood', 'calm, Alice Anderson, 078-05-1120, loud', 'mood', 'calm, …'],
    ['mood', 'TOKEN-1, 4711, very busy', 'mood', '…, very busy'],
    ['mood', 'Rome, a\u202eb', 'mood', '…'],
    ['x', 'calm', 'x', '…'],
    ['Ada', 'loud', '…', 'loud'],
    ['Alice', 'calm', '…', '…'],
  ])('about %s with %s repeats only options of that field', (field, options, shownField, shownOptions) => {
    expect(sanitize(`Field '${field}' must be one of: ${options}`)).toBe(
      `Field '${shownField}' must be one of: ${shownOptions}`,
    );
  });

  it('repeats no option without a field config', () => {
    const sanitizer = createSanitizer(call());
    expect(sanitizer.sanitize("Field 'mood' must be one of: calm")).toBe("Field '…' must be one of: …");
  });
});

it('repeats no number of the request headers', () => {
  const progress = { ...createProgress(), headers: { 'x-api-key': 'key 4711' } };
  const { sanitize } = createSanitizer({ progress });
  expect(sanitize('Not a valid key: 4711')).toBe('Not a valid key: …');
});
