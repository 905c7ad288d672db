package dev.lea.cli.demo;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// What a person asks of the demo.
///
/// @param home     where Lea lies, with its launcher
/// @param data     a data set's folder; empty for the sample
/// @param seed     of everything random, 0 or more
/// @param keep     where to work and leave everything; empty for a folder that is removed when all went well
/// @param preset   of sizes and budgets; empty for `demo` with the sample and `default` with `data`
/// @param settings single settings of the run, by name
/// @param ports    where the programs listen
public record DemoOptions(
        Path home,
        Optional<Path> data,
        long seed,
        Optional<Path> keep,
        Optional<String> preset,
        Map<String, String> settings,
        Ports ports) {
    /// Ports on loopback, each 0 for a free one.
    public record Ports(int environment, int agent, int trainer) {
        public Ports {
            check("environment", environment);
            check("agent", agent);
            check("trainer", trainer);
        }

        private static void check(String name, int port) {
            if (port < 0 || port > 65535) {
                throw new IllegalArgumentException(
                        "the port of " + name + " must be in [0, 65535] but is " + port);
            }
        }
    }

    public DemoOptions {
        settings = Map.copyOf(settings);
        if (seed < 0) {
            throw new IllegalArgumentException("seed must be at least 0 but is " + seed);
        }
    }

    String presetOrDefault() {
        return preset.orElse(data.isPresent() ? "default" : "demo");
    }
}
