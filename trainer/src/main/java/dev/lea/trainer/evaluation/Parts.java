package dev.lea.trainer.evaluation;

import dev.lea.serving.Failure;
import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What is learned from, what checkpoints are chosen by, and what is reported on.
///
/// @param train sequences to learn from
/// @param valid events to choose and stop by
/// @param test  events to report on
public record Parts(List<Sequence> train, Transitions valid, Transitions test) {
    /// How a data set is parted.
    public enum Protocol {
        /// Users are split; every event of a held-out user is predicted, the first too.
        USERS {
            @Override
            public Parts of(Dataset data) {
                return new Parts(
                        data.train(), Transitions.of(data.valid()), Transitions.of(data.test()));
            }
        },
        /// All users train on all but their last two events; the one before the last is for validation, the last
        /// for the test. Users of less than three events only train.
        LEAVE_LAST_OUT {
            @Override
            public Parts of(Dataset data) {
                List<Sequence> train = new ArrayList<>();
                List<Sequence> valid = new ArrayList<>();
                List<Sequence> test = new ArrayList<>();
                for (List<Sequence> part : List.of(data.train(), data.valid(), data.test())) {
                    for (Sequence sequence : part) {
                        int length = sequence.length();
                        if (length < LEAST) {
                            train.add(sequence);
                        } else {
                            train.add(first(sequence, length - 2));
                            valid.add(first(sequence, length - 1));
                            test.add(sequence);
                        }
                    }
                }
                if (test.isEmpty()) {
                    throw new Failure.Invalid(
                            "data",
                            "DATA_TOO_SHORT",
                            "leaving the last out needs users of at least "
                                    + LEAST
                                    + " events but there are none",
                            Map.of());
                }
                return new Parts(train, Transitions.lastOf(valid), Transitions.lastOf(test));
            }
        };

        private static final int LEAST = 3;

        /// Parts a data set.
        ///
        /// @throws Failure.Invalid if nothing would be left to report on
        public abstract Parts of(Dataset data);

        /// As people write it: `users`, `leave_last_out`.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Parts {
        train = List.copyOf(train);
    }

    private static Sequence first(Sequence sequence, int length) {
        byte[] events = null;
        if (sequence.hasEvents()) {
            events = new byte[length];
            for (int position = 0; position < length; position++) {
                events[position] = sequence.event(position);
            }
        }
        return new Sequence(sequence.userId(), Arrays.copyOf(sequence.items(), length), events);
    }
}
