package dev.lea.serving.rpc;

import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The wish that the process ends: SIGTERM and SIGINT release a latch that `main` waits on before it closes
/// what it opened, in order. So does the end of the process that [#PARENT] names in the environment, however it ends:
/// what a program starts for itself does not outlive it. There is no shutdown hook, because hooks race those of the native libraries.
public final class Termination {
    private static final Logger log = LoggerFactory.getLogger(Termination.class);

    /// Names the process that started this one for itself alone.
    public static final String PARENT = "LEA_PARENT";

    private final CountDownLatch latch = new CountDownLatch(1);

    private Termination() {}

    /// Catches the signals from now on. A platform that has none gives one that only [#request] ends.
    public static Termination onSignals() {
        var termination = new Termination();
        termination.handle("TERM");
        termination.handle("INT");
        String parent = System.getenv(PARENT);
        if (parent != null) {
            termination.endWith(Long.parseLong(parent));
        }
        return termination;
    }

    /// One that only [#request] and [#endWith] release.
    static Termination unsignalled() {
        return new Termination();
    }

    /// Asks the process to end when another does, at once where that has ended.
    void endWith(long process) {
        CompletableFuture<ProcessHandle> end =
                ProcessHandle.of(process)
                        .map(ProcessHandle::onExit)
                        .orElseGet(() -> CompletableFuture.completedFuture(null));
        var _ =
                end.thenRun(() -> {
                    log.info("process {}, which started this one, has ended: closing", process);
                    request();
                });
    }

    /// Waits until the process is asked to end.
    public void await() throws InterruptedException {
        latch.await();
    }

    /// Asks the process to end, as a signal does.
    public void request() {
        latch.countDown();
    }

    /// `sun.misc.Signal` has no supported counterpart; by reflection, so that the compiler need not see it.
    @SuppressWarnings("ReferenceEquality") // a proxy answers `equals` by its identity
    private void handle(String name) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object onSignal =
                    Proxy.newProxyInstance(
                            Termination.class.getClassLoader(),
                            new Class<?>[] {handler},
                            (proxy, method, arguments) ->
                                    switch (method.getName()) {
                                        case "handle" -> {
                                            log.info("SIG{}: closing", name);
                                            request();
                                            yield null;
                                        }
                                        case "equals" -> proxy == arguments[0];
                                        case "hashCode" -> System.identityHashCode(proxy);
                                        default -> "termination on SIG" + name;
                                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), onSignal);
        } catch (ReflectiveOperationException e) {
            log.warn("SIG{} cannot be caught here: it will end the process at once", name, e);
        }
    }
}
