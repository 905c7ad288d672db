package dev.lea.agent;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/// Names that no other answer of any server has: what this process drew, and a count.
final class RecommendationIds {
    private final String process = HexFormat.of().toHexDigits(new SecureRandom().nextLong());
    private final AtomicLong count = new AtomicLong();

    String next() {
        return process + "-" + count.incrementAndGet();
    }
}
