package dev.lea.importer.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MomentTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0, 0",
        "' 874965478 ', 874965478, 0",
        "1700000000000000001, 1700000000000000001, 0",
        "-5, -5, 0",
        "1.5, 1, 500000000",
        "-1.25, -2, 750000000",
        "1.4e9, 1400000000, 0",
        "+7, 7, 0"
    })
    void parse_numbers_stayAsTheyAre(String text, long whole, int nanos) {
        assertThat(Moment.parse(text)).isEqualTo(new Moment(whole, nanos, false));
    }

    @ParameterizedTest
    @CsvSource({
        "1970-01-01, 0, 0",
        "1970-01-02T00:00, 86400000000, 0",
        "2014-04-07T10:51:09.277Z, 1396867869277000, 0",
        "2014-04-07 10:51:09.277+00, 1396867869277000, 0",
        "2014-04-07 10:51:09, 1396867869000000, 0",
        "2014-04-30T10:51:09Z, 1398855069000000, 0",
        "2014-04-07 10:51:09.123456789, 1396867869123456, 789000000",
        "2014-04-07 10:51:09.1, 1396867869100000, 0",
        "2014-04-07 12:51:09+02:00, 1396867869000000, 0",
        "2014-04-07 12:51:09+0200, 1396867869000000, 0",
        "2014-04-07 10:51:09 UTC, 1396867869000000, 0",
        "1970-01-01 00:00:00.000001002, 1, 2000000",
        "1969-12-31 23:59:59.999999, -1, 0",
        "2009-4-1, 1238544000000000, 0"
    })
    void parse_dates_becomeMicroseconds(String text, long whole, int nanos) {
        assertThat(Moment.parse(text)).isEqualTo(new Moment(whole, nanos, true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "noon",
                "NaN",
                "1e400",
                "99999999999999999999",
                "2014-13-01",
                "2014-02-30",
                "2014-01-01T25:00",
                "1 2",
                "0x10",
                "2014-01-01 10:00+99",
                "2014-01-01T10:00:60Z",
                "2014-01-01T10:00:0xZ",
                "2014-01-01T10:00:00.Z",
                "2014-02-30T10:00:00Z",
                "null-null-null"
            })
    void parse_whatIsNoTime_isNull(String text) {
        assertThat(Moment.parse(text)).isNull();
    }

    /// The fast way and the thorough one.
    @Test
    void parse_commonDates_areReadAsAllOthers() {
        var random = new Random(5);
        for (int i = 0; i < 2000; i++) {
            String date =
                    "%04d-%02d-%02d"
                            .formatted(
                                    1900 + random.nextInt(200),
                                    1 + random.nextInt(12),
                                    1 + random.nextInt(31));
            String time =
                    "%02d:%02d:%02d"
                            .formatted(random.nextInt(25), random.nextInt(60), random.nextInt(60));
            String part =
                    "."
                            + "%09d"
                                    .formatted(random.nextInt(1_000_000_000))
                                    .substring(0, 1 + random.nextInt(9));
            assertThat(Moment.parse(date + "T" + time + part + "Z"))
                    .as("%s %s %s", date, time, part)
                    .isEqualTo(Moment.parse(date + " " + time + part + "+00:00"));
        }
    }

    @Test
    void parse_orderOfTexts_isTheOrderOfTimes() {
        assertThat(Moment.parse("-1.5").whole()).isLessThan(Moment.parse("-1").whole());
    }
}
