/**
 * Arguments of `env` before a program that must not load tap. tap adds itself to NODE_OPTIONS of every process that a test starts,
 * whatever its environment says; npm and TypeScript's compiler do not bear it.
 */
export const WITHOUT_TAP = ['-u', 'NODE_OPTIONS'];
