package dev.lea.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A port of the loopback whose connections are carried to another, and can be cut.
///
/// While nobody listens behind it, a new connection is held until somebody does, as a load balancer holds it; so a
/// client sees a server that restarts, not the pause that its own connector makes after a refused connection.
/// Thread-safe.
final class Proxy implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final ServerSocket front;
    private final int back;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean held;

    private Proxy(ServerSocket front, int back) {
        this.front = front;
        this.back = back;
    }

    /// Listens on a free port.
    ///
    /// @param back port to carry to
    static Proxy start(int back) throws IOException {
        var proxy = new Proxy(new ServerSocket(0, 64, InetAddress.getLoopbackAddress()), back);
        Thread.ofVirtual().name("proxy-" + proxy.port()).start(proxy::accept);
        return proxy;
    }

    int port() {
        return front.getLocalPort();
    }

    /// Closes every connection that is open now.
    void cut() {
        List.copyOf(open).forEach(Proxy::close); // not those that come meanwhile
    }

    /// New connections wait until [#release]: a process that is ending may still take some, only to drop them.
    void hold() {
        held = true;
    }

    void release() {
        held = false;
    }

    @Override
    public void close() {
        try {
            front.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }

    private void accept() {
        while (!front.isClosed()) {
            try {
                Socket client = front.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket server = connect(client)) {
            open.add(server);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            var answers = Thread.ofVirtual().start(() -> carry(server, client));
            carry(client, server);
            answers.join();
            open.remove(server);
        } catch (IOException e) {
            // either side has gone, which the other learns by the close
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    private Socket connect(Socket client) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            var server = new Socket();
            try {
                if (held) {
                    throw new IOException("held");
                }
                server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), back));
                return server;
            } catch (IOException e) {
                server.close();
                if (client.isClosed() || System.nanoTime() > end) {
                    throw e;
                }
                Thread.sleep(LOOK_AGAIN);
            }
        }
    }

    /// Carries until either side ends; then both do.
    private static void carry(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // cut
        } finally {
            close(from);
            close(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
