import {
    create,
    fromBinary,
    toBinary,
    type DescMessage,
    type DescService,
    type MessageInitShape,
} from "@bufbuild/protobuf";
import { anyPack, DurationSchema } from "@bufbuild/protobuf/wkt";
import {
    Metadata,
    Server,
    ServerCredentials,
    status,
    type UntypedHandleCall,
    type ServiceDefinition,
    type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { LeaChannel, type ChannelOptions } from "../src/index.js";
import {
    BadRequestSchema,
    ErrorInfoSchema,
    RetryInfoSchema,
    StatusSchema,
} from "../src/gen/google/rpc/details_pb.js";
import type { Code } from "../src/index.js";

/** Handlers of a service's methods by their names, in this side's messages. */
export type Handlers = Record<string, unknown>;

/** A server inside the test's own process, with a channel to it. */
export class TestServer implements AsyncDisposable {
    readonly endpoint: string;
    readonly channel: LeaChannel;
    readonly #server: Server;

    private constructor(server: Server, endpoint: string, channel: LeaChannel) {
        this.#server = server;
        this.endpoint = endpoint;
        this.channel = channel;
    }

    static async start(
        service: DescService,
        handlers: Handlers,
        options: ChannelOptions = {},
        credentials = ServerCredentials.createInsecure(),
        host = "127.0.0.1",
    ): Promise<TestServer> {
        const server = new Server();
        const [definition, implementation] = serve(service, handlers);
        server.addService(definition, implementation);
        const port = await new Promise<number>((resolve, reject) => {
            server.bindAsync("127.0.0.1:0", credentials, (error, bound) => {
                if (error === null) {
                    resolve(bound);
                } else {
                    reject(error);
                }
            });
        });
        const endpoint = `${host}:${port}`;
        const patient = { callDeadlineMs: 10_000, idleTimeoutMs: 10_000 };
        return new TestServer(server, endpoint, LeaChannel.open(endpoint, { ...patient, ...options }));
    }

    async [Symbol.asyncDispose](): Promise<void> {
        this.#server.forceShutdown();
        await this.channel.close();
    }
}

function serve(service: DescService, handlers: Handlers): [ServiceDefinition, UntypedServiceImplementation] {
    const definition: Record<string, ServiceDefinition[string]> = {};
    const implementation: UntypedServiceImplementation = {};
    for (const method of service.methods) {
        const handler = handlers[method.localName];
        if (handler === undefined) {
            continue;
        }
        definition[method.localName] = {
            path: `/${service.typeName}/${method.name}`,
            requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
            responseStream:
                method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
            requestSerialize: (value: MessageInitShape<DescMessage>) => bytes(method.input, value),
            requestDeserialize: (buffer: Buffer) => fromBinary(method.input, buffer),
            responseSerialize: (value: MessageInitShape<DescMessage>) => bytes(method.output, value),
            responseDeserialize: (buffer: Buffer) => fromBinary(method.output, buffer),
        };
        implementation[method.localName] = handler as UntypedHandleCall;
    }
    return [definition, implementation];
}

/** A failure as Lea's servers send it. */
export function failure(
    code: Code,
    message: string,
    reason: string,
    more: { readonly retryDelayMs?: number; readonly field?: string } = {},
): { code: status; details: string; metadata: Metadata } {
    const details = [
        anyPack(
            ErrorInfoSchema,
            create(ErrorInfoSchema, { reason, domain: "lea.dev", metadata: { bound: "9" } }),
        ),
    ];
    if (more.field !== undefined) {
        const violation = { field: more.field, description: message };
        details.push(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations: [violation] })));
    }
    if (more.retryDelayMs !== undefined) {
        const retryDelay = create(DurationSchema, { nanos: Math.round(more.retryDelayMs * 1e6) });
        details.push(anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay })));
    }
    const metadata = new Metadata();
    metadata.set("grpc-status-details-bin", bytes(StatusSchema, { code: status[code], message, details }));
    return { code: status[code], details: message, metadata };
}

function bytes<T extends DescMessage>(type: T, value: MessageInitShape<T>): Buffer {
    return Buffer.from(toBinary(type, create(type, value)));
}

/** A gate that a test opens. */
export class Gate {
    readonly #opened: Promise<void>;
    open: () => void = () => undefined;

    constructor() {
        this.#opened = new Promise((resolve) => (this.open = resolve));
    }

    wait(): Promise<void> {
        return this.#opened;
    }
}
