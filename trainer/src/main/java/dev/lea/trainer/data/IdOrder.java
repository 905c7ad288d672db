package dev.lea.trainer.data;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// The order of ids: by number where all are written in digits, else by their characters.
final class IdOrder {
    private static final Comparator<String> NUMERIC =
            Comparator.<String>comparingInt(id -> significant(id).length())
                    .thenComparing(IdOrder::significant)
                    .thenComparing(Comparator.naturalOrder());

    private IdOrder() {}

    static List<String> sorted(Collection<String> ids) {
        boolean numeric = ids.stream().allMatch(IdOrder::isNumber);
        return ids.stream().sorted(numeric ? NUMERIC : Comparator.naturalOrder()).toList();
    }

    private static boolean isNumber(String id) {
        return !id.isEmpty() && id.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static String significant(String id) {
        int at = 0;
        while (at < id.length() - 1 && id.charAt(at) == '0') {
            at++;
        }
        return id.substring(at);
    }
}
