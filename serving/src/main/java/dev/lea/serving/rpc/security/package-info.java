/// Who a server is, who calls it, and what callers may do.
///
/// Start with [TlsSettings], what a program can be told; [ServerTls] presents the certificate, asks callers for
/// theirs and takes renewed files over while it serves; [Roles] stands before every call.
///
/// Used by `dev.lea.serving.rpc` and by programs that read their settings.
package dev.lea.serving.rpc.security;
