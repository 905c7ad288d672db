import { create, isMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { VersionPinSchema } from "./gen/lea/common/v1/common_pb.js";

/** Number of a version, 1 or more. */
export type VersionNumber = bigint | number;

/** The request with the pin, unless it has its own; the caller's object is left as it is. */
export function withPin<
    T extends { readonly version?: MessageInitShape<typeof VersionPinSchema> | undefined },
>(request: T, pin: bigint | undefined): T {
    if (pin === undefined || request.version !== undefined) {
        return request;
    }
    const version = create(VersionPinSchema, { expectedVersion: pin });
    return isMessage(request)
        ? Object.assign(Object.create(Object.getPrototypeOf(request) as object) as T, request, { version })
        : { ...request, version };
}
