/**
 * Removes the empty `PERSONA_*` variables from the environment. Containers and configurations of MCP clients pass an empty
 * variable for a value that is not set.
 */
export function removeEmptyVariables(environment: NodeJS.ProcessEnv = process.env): void {
  for (const [name, value] of Object.entries(environment))
    if (value === '' && name.startsWith('PERSONA_')) delete environment[name];
}
