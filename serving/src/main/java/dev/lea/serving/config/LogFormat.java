package dev.lea.serving.config;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// How a program writes its log.
enum LogFormat {
    /// Lines for people.
    TEXT,
    /// One object a line, whatever the text holds.
    JSON;

    static final Setting<LogFormat> SETTING =
            new Setting<>(
                    "log-format",
                    "text|json",
                    "text",
                    "How the log is written: text for people, json for machines, one object a line.",
                    LogFormat::parse);

    /// What a program was told, before its settings are read, so that what is wrong with them is written in the same way.
    static LogFormat told(List<String> arguments, Map<String, String> environment) {
        try {
            return Configuration.peek(SETTING, arguments, environment);
        } catch (IllegalArgumentException e) {
            return TEXT; // told again when the settings are read
        }
    }

    /// Writes the log of this process so from now on, with what libraries tell java.util.logging and what threads
    /// die of.
    void use() {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        Logger log = LoggerFactory.getLogger(LogFormat.class);
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, problem) -> log.error("thread {} has died", thread.getName(), problem));
        if (this == JSON && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            var appenders = context.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders();
            while (appenders.hasNext()) {
                if (appenders.next() instanceof OutputStreamAppender<ILoggingEvent> appender) {
                    appender.setEncoder(encoder(context));
                }
            }
        }
    }

    static JsonEncoder encoder(LoggerContext context) {
        var encoder = new JsonEncoder();
        encoder.setContext(context);
        encoder.setWithSequenceNumber(false);
        encoder.setWithNanoseconds(false);
        encoder.setWithContext(false);
        encoder.setWithMessage(false);
        encoder.setWithArguments(false);
        encoder.setWithFormattedMessage(true);
        encoder.start();
        return encoder;
    }

    private static LogFormat parse(String text) {
        for (LogFormat format : values()) {
            if (text.equals(format.name().toLowerCase(Locale.ROOT))) {
                return format;
            }
        }
        throw new IllegalArgumentException("must be one of text, json but is '" + text + "'");
    }
}
