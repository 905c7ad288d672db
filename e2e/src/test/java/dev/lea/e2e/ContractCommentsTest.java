package dev.lea.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Callers read the contract and nothing else: every field, message of a service and call says what it means.
class ContractCommentsTest {
    private static final Path CONTRACT = Path.of("../proto/src/main/protobuf/lea");
    private static final Pattern FIELD =
            Pattern.compile("\\s+(?:repeated |optional )?(?:map<.*>|[\\w.]+) (\\w+) = \\d+;");
    private static final Pattern CALL = Pattern.compile("\\s+rpc (\\w+)\\(.*");

    @Test
    void contract_everyFieldAndCall_hasAComment() throws IOException {
        List<String> bare = new ArrayList<>();
        int declarations = 0;
        for (Path file : files()) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                if (FIELD.matcher(line).matches() || CALL.matcher(line).matches()) {
                    declarations++;
                    if (!lines.get(i - 1).strip().startsWith("// ")) {
                        bare.add(file.getFileName() + ":" + (i + 1) + " " + line.strip());
                    }
                }
            }
        }
        assertThat(declarations).isGreaterThan(100);
        assertThat(bare).isEmpty();
    }

    @Test
    void contract_everyEnumeration_beginsWithUnspecified() throws IOException {
        for (Path file : files()) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).startsWith("enum ")) {
                    int first = i + 1;
                    while (lines.get(first).strip().startsWith("//")) {
                        first++;
                    }
                    assertThat(lines.get(first)).as("%s", file).contains("_UNSPECIFIED = 0;");
                }
            }
        }
    }

    private static List<Path> files() throws IOException {
        try (var all = Files.walk(CONTRACT)) {
            return all.filter(file -> file.toString().endsWith(".proto")).sorted().toList();
        }
    }
}
