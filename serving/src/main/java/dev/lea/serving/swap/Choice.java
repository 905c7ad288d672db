package dev.lea.serving.swap;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.OptionalLong;

/// What a call says about which version should answer it.
///
/// @param expectedVersion number of the version that must answer; 0 for any
/// @param key             calls of one key are answered by the same side, canary or live; empty for calls that only the
///                        live version answers
public record Choice(long expectedVersion, OptionalLong key) {
    /// The live version's.
    public static final Choice LIVE = new Choice(0, OptionalLong.empty());

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    public Choice {
        requireNonNull(key, "key");
    }

    /// The version that is asked for, else the live one: for calls of which all must be answered by the same version.
    public static Choice of(long expectedVersion) {
        return new Choice(expectedVersion, OptionalLong.empty());
    }

    /// A user's calls are answered by one side. A call without a user goes by its history, so that the same question
    /// gets the same answer; one without a history either is the live version's.
    ///
    /// @param user may be empty
    public static Choice of(long expectedVersion, String user, List<String> history) {
        List<String> parts = user.isEmpty() ? history : List.of(user);
        return new Choice(
                expectedVersion,
                parts.isEmpty() ? OptionalLong.empty() : OptionalLong.of(hash(parts)));
    }

    /// Whether the call is of a canary's share. Who is of a share is of every larger one; for another `salt` others are.
    boolean isOfShare(double share, long salt) {
        if (key.isEmpty()) {
            return false;
        }
        long bucket = mix(key.getAsLong() ^ mix(salt)) >>> 11; // 53 bits
        return bucket * 0x1p-53 < share;
    }

    static long hash(List<String> parts) {
        long hash = FNV_OFFSET;
        for (String part : parts) {
            for (int i = 0; i < part.length(); i++) {
                hash = (hash ^ part.charAt(i)) * FNV_PRIME;
            }
            hash = (hash ^ 0xffff) * FNV_PRIME; // no character: "ab", "c" is not "a", "bc"
        }
        return hash;
    }

    /// The finalizer of MurmurHash3: every bit of the result depends on every bit of the value.
    private static long mix(long value) {
        long z = (value ^ (value >>> 33)) * 0xff51afd7ed558ccdL;
        z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return z ^ (z >>> 33);
    }
}
