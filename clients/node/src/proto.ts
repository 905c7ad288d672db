/**
 * The contract's messages, enums and services, and what turns messages into JSON and back.
 */
export { create, fromJson, toJson } from "@bufbuild/protobuf";
export * from "./gen/lea/agent/v1/agent_pb.js";
export * from "./gen/lea/common/v1/common_pb.js";
export * from "./gen/lea/environment/v1/environment_pb.js";
export * from "./gen/lea/repository/v1/repository_pb.js";
export * from "./gen/lea/trainer/v1/trainer_pb.js";
