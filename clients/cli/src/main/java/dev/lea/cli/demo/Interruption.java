package dev.lea.cli.demo;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/// Ctrl-C and SIGTERM interrupt the demo's thread, which then stops what it started. There is no shutdown
/// hook: `main` ends in order.
final class Interruption {
    private final AtomicBoolean requested = new AtomicBoolean();
    private final Thread target;

    private Interruption(Thread target) {
        this.target = target;
    }

    /// Signals interrupt the calling thread from now on.
    static Interruption ofThisThread() {
        var interruption = new Interruption(Thread.currentThread());
        interruption.handle("INT");
        interruption.handle("TERM");
        return interruption;
    }

    /// Whether a person, and not a failure, ends the demo.
    boolean isRequested() {
        return requested.get();
    }

    private void request() {
        requested.set(true);
        target.interrupt();
    }

    /// `sun.misc.Signal` has no supported counterpart; by reflection, so that the compiler need not see it.
    @SuppressWarnings("ReferenceEquality") // a proxy answers `equals` by its identity
    private void handle(String name) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object onSignal =
                    Proxy.newProxyInstance(
                            Interruption.class.getClassLoader(),
                            new Class<?>[] {handler},
                            (proxy, method, arguments) ->
                                    switch (method.getName()) {
                                        case "handle" -> {
                                            request();
                                            yield null;
                                        }
                                        case "equals" -> proxy == arguments[0];
                                        case "hashCode" -> System.identityHashCode(proxy);
                                        default -> "interruption on SIG" + name;
                                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), onSignal);
        } catch (ReflectiveOperationException e) {
            return; // a platform without signals: the process ends at once, as it would have
        }
    }
}
