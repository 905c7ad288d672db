/**
 * The Node client: one class a service, over the contract's own messages.
 *
 * Start reading at LeaChannel, the connection that all clients of one server share, then at any of the clients;
 * LeaError is everything that can go wrong. Every call has a deadline. Calls that may be repeated safely are
 * repeated within a budget when the server is UNAVAILABLE, or RESOURCE_EXHAUSTED with a delay to wait; streams and
 * rollbacks are never repeated.
 */
export { AgentClient } from "./agent.js";
export type { Source } from "./batches.js";
export { LeaChannel, type CallOptions, type ChannelOptions, type Tls } from "./channel.js";
export { rows } from "./embeddings.js";
export { EnvironmentClient, type Answered, type BatchOptions } from "./environment.js";
export { LeaError, type Code, type FieldViolation } from "./errors.js";
export { HealthClient } from "./health.js";
export type { VersionNumber } from "./pin.js";
export { RepositoryClient } from "./repository.js";
export { DEFAULT_SETTINGS, type ClientSettings } from "./settings.js";
export { isOver, TrainerClient } from "./trainer.js";
