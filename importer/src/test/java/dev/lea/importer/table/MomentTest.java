package dev.lea.importer.table;

import static org.assertj.core.api.Assertions.assertThat;

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
                "null-null-null"
            })
    void parse_whatIsNoTime_isNull(String text) {
        assertThat(Moment.parse(text)).isNull();
    }

    @Test
    void parse_orderOfTexts_isTheOrderOfTimes() {
        assertThat(Moment.parse("-1.5").whole()).isLessThan(Moment.parse("-1").whole());
    }
}
