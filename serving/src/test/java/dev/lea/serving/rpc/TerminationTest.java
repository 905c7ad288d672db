package dev.lea.serving.rpc;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TerminationTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @Test
    void endWith_aProcessThatIsKilled_isReleased() throws IOException {
        Process parent = new ProcessBuilder("cat").start(); // waits for what never comes
        var termination = Termination.unsignalled();
        termination.endWith(parent.pid());
        parent.destroyForcibly();
        assertTimeoutPreemptively(SOON, termination::await);
    }

    @Test
    void endWith_aProcessThatHasEnded_isReleasedAtOnce() throws Exception {
        Process parent = new ProcessBuilder("true").start();
        parent.waitFor(SOON.toSeconds(), SECONDS);
        var termination = Termination.unsignalled();
        termination.endWith(parent.pid());
        assertTimeoutPreemptively(SOON, termination::await);
    }
}
