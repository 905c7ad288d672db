/**
 * Reads where a server listens: `host:port` or `[IPv6 address]:port`.
 *
 * @throws RangeError that quotes the text
 */
export function parseEndpoint(text: string): string {
    const match = /^(\[[0-9a-fA-F:.%]+\]|[^\s/:[\]]+):(\d{1,5})$/.exec(text);
    const port = Number(match?.[2]);
    if (match === null || port < 1 || port > 65535) {
        throw new RangeError(`endpoint must be host:port with a port in [1, 65535] but is '${text}'`);
    }
    return text;
}
